"""A table to voices: each row becomes a ``Voice``, or says in which column and why it cannot. Stores nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain, islice
from typing import BinaryIO, TypeVar

from feedback.imports.columns import Columns, cell_of, header_find, names_of, recognise
from feedback.imports.tables import Cell, FileProblem, Row, rows_of, sheets_unread
from feedback.imports.values import grade_of, kind_of, moment_of, phone_of, text_of, yes_of
from feedback.models import Channel
from feedback.services import Voice
from opinion_portal.clock import BUREAU_ZONE

# Long letters are kept whole; what is longer than a book chapter is a mistake of the file.
MAX_TEXT = 100_000
# The reason of a row that an earlier row of the same file has made needless.
DOUBLE = "double_in_file"
_HEAD = 10
_EARLIEST = datetime(1990, 1, 1, tzinfo=BUREAU_ZONE)
_T = TypeVar("_T")


@dataclass(frozen=True)
class Note:
    """What is to be said about one field of a row: a code of ``wording.REASONS``, and the row that it doubles."""

    field: str
    reason: str
    same_as_row: int | None = None


@dataclass(frozen=True)
class Reading:
    """One row, read: the voice in it, or ``None`` and the notes that say why."""

    number: int
    source_id: str
    voice: Voice | None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Table:
    """A file opened at its header: the column names, and the rows below."""

    names: list[str]
    rows: Iterator[Row]


@dataclass(frozen=True)
class Look:
    """What a file holds, before anything is stored: names, recognised columns, first rows, how many rows in all."""

    names: list[str]
    columns: dict[str, list[int]]
    first: list[Row]
    rows_total: int
    sheets_unread: list[str]


@dataclass
class Frame:
    """What all rows of one file share: where they come from, the points they may name, the present moment."""

    source: str
    columns: Columns
    width: int
    points: Mapping[str, int]
    now: datetime
    is_rated_out: bool = False
    batch_id: int | None = None
    seen: Counter[bytes] = field(default_factory=Counter)
    first_rows: dict[bytes, int] = field(default_factory=dict)


def table_open(stream: BinaryIO) -> Table:
    """Find the header of the file in ``stream``. Raises ``FileProblem``."""
    rows = rows_of(stream)
    head = list(islice(rows, _HEAD))
    start = header_find(head)
    return Table(names_of(head[start]), chain(head[start + 1 :], rows))


def look(stream: BinaryIO, *, sample: int = 5) -> Look:
    """Read the whole file once without storing anything. Raises ``FileProblem``."""
    table = table_open(stream)
    first = list(islice(table.rows, sample))
    total = len(first) + sum(1 for _ in table.rows)
    if not total:
        raise FileProblem("header_only")
    return Look(table.names, recognise(table.names), first, total, sheets_unread(stream))


def readings(rows: Iterable[Row], frame: Frame) -> Iterator[Reading]:
    """Read each row of a table under ``frame``."""
    return (_reading(row, frame) for row in rows)


def _reading(row: Row, frame: Frame) -> Reading:
    notes: list[Note] = []
    source_id = text_of(cell_of(row, frame.columns, "source_id"))
    voice = _voice(row, frame, notes)
    if voice is None:
        return Reading(row.number, source_id[:60], None, tuple(_refusals(notes)))
    voice = replace(voice, client_id=_client_id(source_id, row, voice, frame), source_id=source_id[:60])
    first = _first_row(row, voice, frame)
    if first != row.number:
        return Reading(row.number, source_id[:60], None, (Note("row", DOUBLE, first),))
    return Reading(row.number, source_id[:60], voice, tuple(notes))


def _first_row(row: Row, voice: Voice, frame: Frame) -> int:
    """The row of the file in which this voice stands for the first time."""
    key = sha256(f"{voice.client_id}|{voice.content}".encode()).digest()
    return frame.first_rows.setdefault(key, row.number)


# These let the row in; every other note keeps it out.
_LEFT_OUT = frozenset({"kind_unknown", "phone_without_consent", "phone_unreadable", "answer_unreadable"})


def is_refusal(note: Note) -> bool:
    """Whether the note keeps its row out, rather than telling what of a taken row could not be used."""
    return note.reason not in _LEFT_OUT


def _refusals(notes: list[Note]) -> list[Note]:
    return [note for note in notes if is_refusal(note)]


def _voice(row: Row, frame: Frame, notes: list[Note]) -> Voice | None:
    def read(name: str, parse: Callable[[Cell], _T], reason: str, otherwise: _T) -> _T:
        try:
            return parse(cell_of(row, frame.columns, name))
        except (ValueError, OverflowError):
            notes.append(Note(name, reason))
            return otherwise

    content = _content(row, frame.columns)
    said_at = read("said_at", lambda cell: moment_of(cell, BUREAU_ZONE), "time_unreadable", None)
    service = read("service_rating", grade_of, "grade_unreadable", None)
    safety = read("safety_rating", grade_of, "grade_unreadable", None)
    consent = read("consent", yes_of, "phone_without_consent", otherwise=False)
    phone = read("phone", phone_of, "phone_unreadable", "")
    if phone and not consent:
        notes.append(Note("phone", "phone_without_consent"))
    notes += _wrong(row, frame, content, said_at, has_grade=bool(service or safety))
    voice = Voice(
        client_id="",
        channel=Channel.IMPORT,
        content=content,
        service_rating=service,
        safety_rating=safety,
        kind=read("kind", kind_of, "kind_unknown", ""),
        phone=phone if consent else "",
        no_call=read("no_call", yes_of, "answer_unreadable", otherwise=True),
        said_at=said_at,
        import_batch_id=frame.batch_id,
        is_rated_out=frame.is_rated_out,
    )
    return None if _refusals(notes) else _at_point(voice, row, frame)


def _content(row: Row, columns: Columns) -> str:
    title = text_of(cell_of(row, columns, "title"))
    text = text_of(cell_of(row, columns, "content"))
    return text if text.startswith(title) else f"{title}\n{text}".strip()


def _wrong(row: Row, frame: Frame, content: str, said_at: datetime | None, *, has_grade: bool) -> Iterator[Note]:
    if len(row.cells) > frame.width:
        yield Note("row", "more_cells_than_columns")
    if not content and not has_grade:
        yield Note("content", "says_nothing")
    if len(content) > MAX_TEXT:
        yield Note("content", "text_too_long")
    if said_at and not _EARLIEST <= said_at <= frame.now + timedelta(days=1):
        yield Note("said_at", "time_out_of_range")


def _at_point(voice: Voice, row: Row, frame: Frame) -> Voice:
    """The point by its own code or name; anything else goes on as a scanned code: if unknown, kept and flagged."""
    named = text_of(cell_of(row, frame.columns, "point"))
    if named in frame.points:
        return replace(voice, point_id=frame.points[named])
    return replace(voice, point_code=named[:32])


def _client_id(source_id: str, row: Row, voice: Voice, frame: Frame) -> str:
    """The same row of the same source always gets the same id, so that it is stored once however often it comes.

    A number at the source identifies the row. Without one its content does, and the n-th of several equal rows is
    the n-th again in the next run: two people may well have said the same at the same time.
    """
    origin = f"import|{frame.source}|{text_of(cell_of(row, frame.columns, 'source'))}"
    if source_id:
        return f"{origin}|id|{source_id}"
    said = (voice.said_at, voice.content, voice.kind, voice.service_rating, voice.safety_rating)
    digest = sha256(repr((*said, voice.point_id, voice.point_code, voice.phone)).encode()).digest()
    frame.seen[digest] += 1
    return f"{origin}|row|{digest.hex()}|{frame.seen[digest]}"
