"""What the filters of the list may name, with the calendar that its clocks need: one statement for all of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import CharField, F, IntegerField, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.translation import get_language

from accounts.models import Unit
from accounts.selectors import unit_list
from feedback.models import Subcategory
from feedback.queue.rules import OUT_ITEM
from measures.matters.choices import Choices, Groups
from measures.models import CalendarDay, Measure
from measures.working_days import WorkingCalendar

_Line = tuple[str, str, str, str, int]


@dataclass(frozen=True)
class FilterChoices:
    """Units, measures and items (in their categories) as choices of a form, and the bureau's calendar."""

    units: Choices
    measures: Choices
    item_groups: Groups
    calendar: WorkingCalendar


def filter_choices() -> FilterChoices:
    """Everything at once: a page of the list may cost ten statements, and these tables are small."""
    units, items, measures, days = (_lines(kind) for kind in ("unit", "item", "measure", "day"))
    found: dict[str, list[_Line]] = {"unit": [], "item": [], "measure": [], "day": []}
    for line in units.union(items, measures, days, all=True):
        found[line[0]].append(line)
    for lines in found.values():
        lines.sort(key=lambda line: (line[4], line[1]))
    return FilterChoices(
        units=[(key, label) for _kind, key, label, _group, _place in found["unit"]],
        measures=[(key, label) for _kind, key, label, _group, _place in found["measure"]],
        item_groups=_grouped(found["item"]),
        calendar=WorkingCalendar(
            {date.fromisoformat(key): label == "true" for _kind, key, label, _group, _place in found["day"]}
        ),
    )


def _lines(kind: str) -> QuerySet[Any, Any]:
    """The rows of one table as (kind, key, label, group, place), so that they fit into one statement."""
    suffix = "_en" if (get_language() or "").startswith("en") else ""
    title, name = f"title{suffix}", f"name{suffix}"
    tables: dict[str, tuple[QuerySet[Any], Any, Any, Any]] = {
        "unit": (unit_list().exclude(kind=Unit.Kind.BUREAU), F(name), Value(""), Value(0)),
        "item": (
            Subcategory.objects.exclude(code=OUT_ITEM),
            Concat("code", Value(" "), name, output_field=TextField()),
            F(f"category__{name}"),
            F("position"),
        ),
        "measure": (
            Measure.objects.all(),
            Concat(Cast("number", TextField()), Value(" "), title, output_field=TextField()),
            Value(""),
            F("number"),
        ),
        "day": (CalendarDay.objects.all(), Cast("is_working", TextField()), Value(""), Value(0)),
    }
    rows, label, group, place = tables[kind]
    return rows.order_by().values_list(
        Value(kind, output_field=CharField()),
        Cast("pk", TextField()),
        Cast(label, TextField()),
        Cast(group, TextField()),
        Cast(place, IntegerField()),
    )


def _grouped(lines: list[_Line]) -> Groups:
    groups: dict[str, Choices] = {}
    for _kind, key, label, group, _place in lines:
        groups.setdefault(group, []).append((key, label))
    return list(groups.items())
