"""What the forms of matters may name: units, items, measures. Three small reads for the whole page."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Unit
from accounts.selectors import unit_list
from feedback.models import Subcategory
from feedback.queue.rules import OUT_ITEM
from measures.models import Measure

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]


@dataclass(frozen=True)
class Reference:
    """Units that can handle a matter, the items (with their categories), the measures (with their items)."""

    units: list[Unit]
    items: list[Subcategory]
    measures: list[Measure]

    def item_groups(self) -> Groups:
        groups: dict[str, Choices] = {}
        for item in self.items:
            groups.setdefault(str(item.category), []).append((item.code, f"{item.code} {item}"))
        return list(groups.items())

    def measure_groups(self, item: str) -> Groups:
        """Every measure with its items, those for ``item`` first."""
        fitting: Choices = []
        others: Choices = []
        for measure in self.measures:
            codes = [one.code for one in measure.items.all()]
            label = f"{measure.number} {measure} · {' '.join(codes)}"
            (fitting if item in codes else others).append((str(measure.pk), label))
        groups = [(_("For this item"), fitting), (_("For other items"), others)]
        return [(name, choices) for name, choices in groups if choices]


def reference() -> Reference:
    """Everything a matter may be filed under. A matter goes to a station or a department, not to the whole bureau."""
    return Reference(
        units=list(unit_list().exclude(kind=Unit.Kind.BUREAU)),
        items=list(Subcategory.objects.exclude(code=OUT_ITEM).select_related("category")),
        measures=list(
            Measure.objects.select_related("plan").prefetch_related("items").order_by("-plan__issued_on", "number")
        ),
    )


def with_units_above(units: Iterable[int], all_units: Iterable[Unit]) -> set[int]:
    """These units and all above them, by the tree in ``all_units``: what one below may not read, none above gets."""
    parents = {unit.pk: unit.parent_id for unit in all_units}
    found: set[int] = set()
    for unit in units:
        above: int | None = unit
        while above is not None and above not in found:
            found.add(above)
            above = parents.get(above)
    return found
