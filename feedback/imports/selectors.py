"""Every read of the imports, each together with its permission check."""

from dataclasses import dataclass
from io import BytesIO

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.imports.columns import FIELDS
from feedback.imports.keeping import file_open
from feedback.imports.rows import DOUBLE, Look, look
from feedback.imports.values import text_of
from feedback.models import ImportBatch, ImportNote
from stations.models import SensingPoint


def import_list(officer: Officer) -> QuerySet[ImportBatch]:
    """The imports, newest first, without the files; none for an officer who may not import."""
    batches = ImportBatch.objects.defer("data").select_related("officer")
    return batches if may(officer, Action.FEEDBACK_IMPORT) else batches.none()


def import_for(officer: Officer, batch_id: int) -> ImportBatch:
    """One import; raises ``Http404`` for an officer who may not see it."""
    return get_object_or_404(import_list(officer), pk=batch_id)


def import_notes(batch: ImportBatch) -> QuerySet[ImportNote]:
    """What is to be said about single rows: refused ones and those of which something was left out."""
    return batch.notes.order_by("row", "id")


def rows_noted(batch: ImportBatch) -> int:
    """How many rows the notes are about: one row may have several."""
    return batch.notes.order_by().values("row").distinct().count()


def doubles_in_file(batch: ImportBatch) -> int:
    """How many of the refused rows of ``batch`` came in its file before."""
    return batch.notes.filter(reason=DOUBLE).count()


def import_look(batch: ImportBatch) -> Look:
    """What the waiting file of ``batch`` holds; read it before anything is stored."""
    return look(BytesIO(file_open(bytes(batch.data or b""), digest=batch.file_digest)))


def points_by_name() -> dict[str, int]:
    """Points by their code and, where only one bears it, by their name."""
    points = list(SensingPoint.objects.values_list("id", "code", "name"))
    names = [name for _, _, name in points]
    named = {name: point_id for point_id, _, name in points if names.count(name) == 1}
    return named | {code: point_id for point_id, code, _ in points}


@dataclass(frozen=True)
class PreviewColumn:
    """One column of a waiting file: its name, the field it is taken for (or ``""``), its first cells as text."""

    position: int
    name: str
    field: str
    cells: list[str]


def preview_columns(found: Look, columns: dict[str, list[int]]) -> list[PreviewColumn]:
    """The columns of a file as the preview shows them."""
    field_of = {places[0]: field for field, places in columns.items() if places and field in FIELDS}
    return [
        PreviewColumn(
            position,
            name,
            field_of.get(position, ""),
            [text_of(row.cells[position]) if position < len(row.cells) else "" for row in found.first],
        )
        for position, name in enumerate(found.names)
    ]
