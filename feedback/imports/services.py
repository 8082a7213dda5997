"""Every write of an import. A chunk of rows and its counts are one transaction: a run that is killed goes on where
it stopped, and two runs of one batch cannot count a row twice."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from itertools import islice
from typing import BinaryIO

import structlog
from django.db import DataError, IntegrityError, transaction
from django.db.models import F, Q

from accounts.models import Officer
from accounts.services import SYSTEM, audit_record
from feedback.imports import tasks
from feedback.imports.columns import Columns
from feedback.imports.keeping import file_open, file_seal
from feedback.imports.rows import Frame, Note, Reading, is_refusal, look, readings, table_open
from feedback.imports.selectors import points_by_name
from feedback.imports.tables import FileProblem
from feedback.models import Feedback, ImportBatch, ImportNote, State
from feedback.receipts import client_key
from feedback.services import feedback_submit
from opinion_portal import clock

CHUNK = 500
# A run that has not stored a chunk for so long is taken for dead, and another worker goes on with it.
SILENCE = timedelta(seconds=60)
# An upload that nobody ran is forgotten, with all that is in it.
FORGOTTEN = timedelta(hours=24)
Run = ImportBatch.State
Savepoint = Callable[[], AbstractContextManager[object]]
log = structlog.get_logger("feedback.imports")


class ImportElsewhere(Exception):
    """Another process works on the same batch; it, and not this one, goes on."""


def digest_of(stream: BinaryIO) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    stream.seek(0)
    digest = sha256()
    while chunk := stream.read(1024 * 1024):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


# By the page: upload, look, run -----------------------------------------------------------------------------------
@transaction.atomic
def import_upload(*, officer: Officer, name: str, data: bytes, source: str, is_rated_out: bool) -> ImportBatch:
    """Keep an uploaded file, encrypted, until its columns are confirmed. Raises ``FileProblem``."""
    found = look(BytesIO(data))
    digest = sha256(data).hexdigest()
    batch = ImportBatch.objects.create(
        file_name=name[-200:],
        file_digest=digest,
        source=source,
        is_rated_out=is_rated_out,
        columns=found.columns,
        rows_total=found.rows_total,
        data=file_seal(data, digest=digest),
        state=Run.UPLOADED,
        officer=officer,
    )
    _audit(batch, "import.upload", officer, {"rows": found.rows_total})
    return batch


@transaction.atomic
def import_start(*, batch: ImportBatch, columns: Columns, actor: Officer) -> bool:
    """Let the workers import an uploaded file. Returns whether this call started it; ``False`` if it was before."""
    done = ImportBatch.objects.filter(pk=batch.pk, state=Run.UPLOADED).update(state=Run.RUNNING, columns=dict(columns))
    if done:
        _audit(batch, "import.start", actor, {"fields": sorted(columns)})
        transaction.on_commit(tasks.wake_imports, robust=True)
    return bool(done)


@transaction.atomic
def import_discard(*, batch: ImportBatch, actor: Officer) -> bool:
    """Forget an uploaded file that was not run. Returns whether this call did it."""
    done = ImportBatch.objects.filter(pk=batch.pk, state=Run.UPLOADED).update(
        state=Run.STOPPED, problem="discarded", data=None, finished_at=clock.now()
    )
    if done:
        _audit(batch, "import.discard", actor)
    return bool(done)


def imports_continue(*, now: datetime) -> int:
    """Run every batch that waits or whose worker fell silent, one after another; returns how many were run."""
    done = 0
    while batch := _claim(now):
        try:
            data = file_open(bytes(batch.data or b""), digest=batch.file_digest)
            import_run(batch=batch, stream=BytesIO(data), actor=batch.officer or SYSTEM)
        except (FileProblem, ImportElsewhere) as error:
            log.warning("import.stopped", batch=batch.pk, error=str(error))
        done += 1
    uploads_forget(now=now)
    return done


def _claim(now: datetime) -> ImportBatch | None:
    silent = Q(touched_at__isnull=True) | Q(touched_at__lt=now - SILENCE)
    waiting = ImportBatch.objects.filter(silent, state=Run.RUNNING, data__isnull=False).order_by("id")
    for batch in waiting:
        if ImportBatch.objects.filter(silent, pk=batch.pk, state=Run.RUNNING).update(touched_at=now):
            batch.refresh_from_db()
            return batch
    return None


def uploads_forget(*, now: datetime) -> int:
    """Empty the uploads that nobody ran within ``FORGOTTEN``; returns how many."""
    return ImportBatch.objects.filter(state=Run.UPLOADED, started_at__lt=now - FORGOTTEN).update(
        state=Run.STOPPED, problem="forgotten", data=None, finished_at=now
    )


# By the command ---------------------------------------------------------------------------------------------------
@transaction.atomic
def import_begin(
    *, name: str, digest: str, source: str, columns: Columns, rows_total: int, is_rated_out: bool, actor: Officer | None
) -> ImportBatch:
    """A batch for a file that the caller reads itself: the unfinished one of the same file, or a new one."""
    same = {"file_digest": digest, "source": source, "columns": dict(columns), "is_rated_out": is_rated_out}
    unfinished = ImportBatch.objects.filter(**same, state=Run.RUNNING, data__isnull=True).first()
    if unfinished:
        return unfinished
    batch = ImportBatch.objects.create(**same, file_name=name[-200:], rows_total=rows_total, officer=actor)
    _audit(batch, "import.start", actor or SYSTEM, {"fields": sorted(columns), "rows": rows_total})
    return batch


# Running ------------------------------------------------------------------------------------------------------------
def import_run(
    *,
    batch: ImportBatch,
    stream: BinaryIO,
    actor: Officer | str,
    advance: Callable[[int], object] = int,
) -> ImportBatch:
    """Store the rows of ``batch`` that are not stored yet; ``advance`` hears of every chunk's number of rows
    (by default nobody listens).

    Raises ``FileProblem`` (the batch is then marked stopped), ``ImportElsewhere``, ``django.db.Error``.
    """
    position = batch.rows_read
    advance(position)
    try:
        for chunk in _chunks(islice(_readings(batch, stream), position, None)):
            _store_or_sift(batch.pk, position, chunk, actor)
            position += len(chunk)
            advance(len(chunk))
    except FileProblem as problem:
        _finish(batch, actor, state=Run.STOPPED, problem=problem.code)
        raise
    _finish(batch, actor, state=Run.FINISHED)
    batch.refresh_from_db()
    return batch


def _readings(batch: ImportBatch, stream: BinaryIO) -> Iterator[Reading]:
    table = table_open(stream)
    frame = Frame(
        source=batch.source,
        columns=batch.columns,
        width=len(table.names),
        points=points_by_name(),
        now=clock.now(),
        is_rated_out=batch.is_rated_out,
        batch_id=batch.pk,
    )
    return readings(table.rows, frame)


def _chunks(rows: Iterator[Reading]) -> Iterator[list[Reading]]:
    while chunk := list(islice(rows, CHUNK)):
        yield chunk


@dataclass
class _Counts:
    taken: int = 0
    known: int = 0
    refused: int = 0
    notes: list[tuple[Reading, Note]] = field(default_factory=list)


def _store_or_sift(batch_id: int, position: int, chunk: Sequence[Reading], actor: Officer | str) -> None:
    """Store a chunk; where the database refuses a row of it, again with every row on its own, to find that one."""
    try:
        _store(batch_id, position, chunk, actor, savepoint=nullcontext)
    except (DataError, IntegrityError):
        _store(batch_id, position, chunk, actor, savepoint=transaction.atomic)


@transaction.atomic
def _store(
    batch_id: int, position: int, chunk: Sequence[Reading], actor: Officer | str, *, savepoint: Savepoint
) -> None:
    # The lock makes a second runner wait for this chunk, and then see that it has been stored.
    mine = ImportBatch.objects.select_for_update().filter(pk=batch_id, state=Run.RUNNING, rows_read=position)
    if mine.values_list("pk").first() is None:
        raise ImportElsewhere(batch_id)
    counts = _take_all(chunk, actor, savepoint)
    _notes_store(batch_id, counts.notes)
    mine.update(
        rows_read=position + len(chunk),
        rows_taken=F("rows_taken") + counts.taken,
        rows_known=F("rows_known") + counts.known,
        rows_refused=F("rows_refused") + counts.refused,
        touched_at=clock.now(),
    )


def _take_all(chunk: Sequence[Reading], actor: Officer | str, savepoint: Savepoint) -> _Counts:
    counts, known = _Counts(), _contents_known(chunk)
    for reading in chunk:
        notes = [*reading.notes, *_take(reading, known, counts, actor, savepoint)]
        counts.refused += any(is_refusal(note) for note in notes)
        counts.notes += [(reading, note) for note in notes]
    return counts


def _contents_known(chunk: Iterable[Reading]) -> dict[bytes, str | None]:
    """What of the chunk is stored already: its text, or ``None`` where the text was withdrawn."""
    keys = [client_key(reading.voice.client_id) for reading in chunk if reading.voice]
    stored = Feedback.objects.filter(client_key__in=keys).values_list("client_key", "content", "state")
    return {bytes(key): None if state == State.WITHDRAWN else content for key, content, state in stored}


def _take(
    reading: Reading, known: dict[bytes, str | None], counts: _Counts, actor: Officer | str, savepoint: Savepoint
) -> tuple[Note, ...]:
    """Store the voice of one row, unless it is known; returns what is to be said about it."""
    voice = reading.voice
    if voice is None:
        return ()
    key = client_key(voice.client_id)
    if key in known:
        if known[key] not in (None, voice.content):
            return (Note("source_id", "number_used"),)
        counts.known += 1
        return ()
    try:
        with savepoint():
            submitted = feedback_submit(voice=voice, actor=actor)
    except (DataError, IntegrityError) as error:
        if savepoint is nullcontext:
            raise
        log.warning("import.row_refused", row=reading.number, error=type(error).__name__)
        return (Note("row", "database_refused"),)
    known[key] = voice.content
    counts.known += submitted.is_replay
    counts.taken += not submitted.is_replay
    return ()


def _notes_store(batch_id: int, notes: Iterable[tuple[Reading, Note]]) -> None:
    ImportNote.objects.bulk_create(
        ImportNote(
            batch_id=batch_id,
            row=reading.number,
            source_id=reading.source_id,
            field=note.field,
            reason=note.reason,
            same_as_row=note.same_as_row,
            is_refused=is_refusal(note),
        )
        for reading, note in notes
    )


@transaction.atomic
def _finish(batch: ImportBatch, actor: Officer | str, *, state: str, problem: str = "") -> None:
    running = ImportBatch.objects.filter(pk=batch.pk, state=Run.RUNNING)
    if not running.update(state=state, problem=problem, data=None, finished_at=clock.now()):
        return
    batch.refresh_from_db()
    counts = {"read": batch.rows_read, "taken": batch.rows_taken, "known": batch.rows_known}
    _audit(batch, "import.finish", actor, {**counts, "refused": batch.rows_refused, "problem": problem})


def _audit(batch: ImportBatch, action: str, actor: Officer | str, data: Mapping[str, object] | None = None) -> None:
    audit_record(action=action, actor=actor, object_type="import", object_id=batch.pk, data=data)
