"""Streets and communities, the thirty sensing points with their first codes, and their monitoring groups.

Street and community codes are those of the national statistics (district 210103). Who polices a community is public
for 多福社区 alone; the other rows of the map are examples for the bureau to correct. The points are examples too:
described places in real communities, schematic positions in degrees (GCJ-02).
"""

from decimal import Decimal

from accounts.models import Unit
from opinion_portal.reference import Counts, add_missing, table
from stations.codes import code_new
from stations.models import Community, MonitoringGroup, PointCode, SensingPoint


def reference_load() -> Counts:
    """Add the missing communities, points, first codes and groups; say how many of each."""
    stations = {unit.code: unit for unit in Unit.objects.filter(kind=Unit.Kind.STATION)}
    return {
        "community": _communities_add(stations),
        "point": _points_add(stations),
        "point_code": _first_codes_add(),
        "group": _groups_add(),
    }


def _communities_add(stations: dict[str, Unit]) -> int:
    rows = (
        Community(
            code=row["code"],
            name=row["name"],
            street_code=row["street_code"],
            street=row["street"],
            station=stations[row["station"]],
        )
        for row in table(__file__, "communities.csv")
    )
    return len(add_missing(Community.objects, "code", rows))


def _points_add(stations: dict[str, Unit]) -> int:
    communities = {community.code: community for community in Community.objects.all()}
    rows = (
        SensingPoint(
            code=row["code"],
            kind=SensingPoint.Kind(row["kind"]),
            community=communities[row["community"]],
            station=stations[row["station"]],
            name=row["name"],
            name_en=row["name_en"],
            address=f"{communities[row['community']].street}{communities[row['community']].name}（示例位置）",
            longitude=Decimal(row["longitude"]),
            latitude=Decimal(row["latitude"]),
        )
        for row in table(__file__, "points.csv")
    )
    return len(add_missing(SensingPoint.objects, "code", rows))


def _first_codes_add() -> int:
    # Random for each installation and so in no table. A point whose code was revoked has had its first one.
    points = SensingPoint.objects.filter(codes__isnull=True)
    return len(PointCode.objects.bulk_create(PointCode(point=point, code=code_new()) for point in points))


def _groups_add() -> int:
    points = SensingPoint.objects.filter(group__isnull=True)
    groups = (MonitoringGroup(point=point, name=f"{point.name}监测活动小组") for point in points)
    return len(MonitoringGroup.objects.bulk_create(groups))
