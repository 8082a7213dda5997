"""Reference data stands as CSV tables beside the code of its room.

One rule for all of it: the load adds the rows that are missing and changes nothing that is there. Once a row exists
it belongs to the bureau, who may rename or switch it off; a later release corrects a row by a migration, in the open.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from django.db.models import Manager, Model

Row = TypeVar("Row", bound=Model)
Counts = dict[str, int]


def table(room_file: str, name: str) -> list[dict[str, str]]:
    """The rows of ``name`` (a CSV in UTF-8 with a header) in the folder of the module ``room_file``."""
    with (Path(room_file).parent / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def codes(cell: str) -> list[str]:
    """The parts of a cell that holds several: ``"T1;T3"`` gives ``["T1", "T3"]``, an empty cell gives none."""
    return [part for part in cell.split(";") if part]


def add_missing(manager: Manager[Row], key: str, rows: Iterable[Row]) -> list[Row]:
    """Insert those ``rows`` whose ``key`` no row in the database has; return the inserted."""
    known = set(manager.values_list(key, flat=True))
    return manager.bulk_create(row for row in rows if getattr(row, key) not in known)
