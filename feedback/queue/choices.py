"""What a filter or a decision may name: points, stations, items, units. Two small reads for the whole page."""

from dataclasses import dataclass

from django.db.models import Q

from accounts.models import Officer, Unit
from accounts.permissions import Action, Scope, scope_of
from accounts.selectors import unit_list
from feedback.models import Subcategory
from stations.models import SensingPoint

Choices = list[tuple[str, str]]
Groups = list[tuple[str, Choices]]


@dataclass(frozen=True)
class Reference:
    """Points (with their stations) in the officer's reach, and all items (with their categories)."""

    points: dict[int, SensingPoint]
    items: dict[str, Subcategory]

    def point_choices(self) -> Choices:
        return [(str(point.pk), f"{point.code} {point}") for point in self.points.values()]

    def station_choices(self) -> Choices:
        stations = {point.station_id: point.station for point in self.points.values()}
        return sorted((str(pk), str(station)) for pk, station in stations.items())

    def item_groups(self) -> Groups:
        groups: dict[str, Choices] = {}
        for item in self.items.values():
            groups.setdefault(str(item.category), []).append((item.code, f"{item.code} {item}"))
        return list(groups.items())


def reference_for(officer: Officer) -> Reference:
    """What the pages of ``officer`` may name. A unit's officer sees the points of the unit and those below it."""
    points = SensingPoint.objects.select_related("station")
    if scope_of(officer, Action.FEEDBACK_VIEW) is not Scope.ALL:
        unit = officer.unit_id
        points = points.filter(Q(station=unit) | Q(station__parent=unit) | Q(station__parent__parent=unit))
    items = Subcategory.objects.select_related("category")
    return Reference({point.pk: point for point in points}, {item.code: item for item in items})


def units_to_name() -> list[Unit]:
    """The units an opinion can be about."""
    return list(unit_list())
