"""The bureau, its departments and stations."""

from accounts.models import Unit
from opinion_portal.reference import Counts, add_missing, table


def reference_load() -> Counts:
    """Add the missing units of ``units.csv``, parents first; say how many."""
    added = 0
    rows = table(__file__, "units.csv")
    for level in ([row for row in rows if not row["parent"]], [row for row in rows if row["parent"]]):
        units = {unit.code: unit for unit in Unit.objects.all()}
        added += len(add_missing(Unit.objects, "code", (_unit(row, units) for row in level)))
    return {"unit": added}


def _unit(row: dict[str, str], units: dict[str, Unit]) -> Unit:
    return Unit(
        code=row["code"],
        kind=Unit.Kind(row["kind"]),
        parent=units.get(row["parent"]),
        name=row["name"],
        name_en=row["name_en"],
        is_example=bool(row["is_example"]),
    )
