"""Communities, points, codes and groups as the portal starts with them."""

import time
from collections import Counter

import pytest
from django.core.management import call_command

from accounts.models import AuditEvent
from opinion_portal.management.commands.load_reference import reference_load
from stations import codes
from stations.map import _OUTLINE
from stations.models import Community, MonitoringGroup, PointCode, SensingPoint

pytestmark = pytest.mark.django_db


def test_the_district_has_its_eleven_streets_and_111_communities() -> None:
    assert Community.objects.count() == 111
    assert Community.objects.values("street").distinct().count() == 11
    assert all(code.startswith("210103") for code in Community.objects.values_list("code", flat=True))


def test_each_street_has_one_code_and_its_communities_start_with_it() -> None:
    for code, street_code in Community.objects.values_list("code", "street_code"):
        assert code.startswith(street_code)
    assert Community.objects.values("street", "street_code").distinct().count() == 11


@pytest.mark.parametrize(
    ("community", "street"),
    [("帅府社区", "皇城街道"), ("惠工社区", "北站街道"), ("剪炉社区", "朱剪炉街道"), ("雨坛社区", "风雨坛街道"),
     ("多福社区", "滨河街道"), ("大万莲社区", "万莲街道"), ("文翠社区", "五里河街道"), ("南塔社区", "南塔街道"),
     ("方家栏社区", "泉园街道"), ("东大营社区", "东陵街道"), ("马官桥社区", "马官桥街道")],
)  # fmt: skip
def test_a_well_known_community_lies_in_its_street(community: str, street: str) -> None:
    assert Community.objects.get(name=community).street == street


def test_duofu_lies_in_binhe_street_and_is_policed_by_danan() -> None:
    duofu = Community.objects.select_related("station").get(name="多福社区")
    assert (duofu.street, duofu.station and duofu.station.name) == ("滨河街道", "大南派出所")


def test_thirty_points_stand_in_all_seven_kinds_of_place() -> None:
    kinds = Counter(SensingPoint.objects.values_list("kind", flat=True))
    assert kinds.total() == 30
    assert set(kinds) == set(SensingPoint.Kind.values)


def test_a_point_belongs_to_the_station_that_polices_its_community() -> None:
    for point in SensingPoint.objects.select_related("community"):
        assert point.station_id == point.community.station_id, point.code


def test_every_point_says_that_its_place_is_an_example() -> None:
    assert all("示例" in address for address in SensingPoint.objects.values_list("address", flat=True))


def _inside(x: float, y: float) -> bool:
    crossed = False
    for (x1, y1), (x2, y2) in zip(_OUTLINE, [*_OUTLINE[1:], _OUTLINE[0]], strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def test_every_point_lies_inside_the_district() -> None:
    for point in SensingPoint.objects.all():
        assert _inside(float(point.longitude), float(point.latitude)), point.code


def test_every_point_has_one_live_code_that_is_hard_to_misread_and_a_group() -> None:
    live = PointCode.objects.filter(revoked_at__isnull=True)
    assert live.values("point").distinct().count() == live.count() == 30
    for code in live.values_list("code", flat=True):
        assert len(code) == 8
        assert set(code) <= set(codes.ALPHABET)
    assert MonitoringGroup.objects.count() == 30


def test_no_installation_knows_the_codes_of_another() -> None:
    assert len({codes.code_new() for _ in range(1000)}) == 1000


def test_a_second_load_changes_nothing_and_takes_less_than_a_second() -> None:
    events = AuditEvent.objects.count()
    before = {model: list(model.objects.values()) for model in (Community, SensingPoint, PointCode, MonitoringGroup)}
    started = time.perf_counter()
    counts = reference_load()
    assert time.perf_counter() - started < 1
    assert not any(counts.values())
    assert before == {model: list(model.objects.values()) for model in before}
    assert AuditEvent.objects.count() == events


def test_a_name_that_the_bureau_changed_survives_the_load() -> None:
    SensingPoint.objects.filter(code="SH-003").update(name="西华社区新前台", is_active=False)
    call_command("load_reference", verbosity=0)
    kept = SensingPoint.objects.get(code="SH-003")
    assert (kept.name, kept.is_active) == ("西华社区新前台", False)


def test_a_revoked_code_is_not_replaced_by_the_load() -> None:
    PointCode.objects.filter(point__code="SH-001").update(revoked_at="2024-05-30T00:00Z")
    call_command("load_reference", verbosity=0)
    assert not PointCode.objects.filter(point__code="SH-001", revoked_at__isnull=True).exists()


def test_what_is_missing_is_added_and_audited_once() -> None:
    MonitoringGroup.objects.filter(point__code="SH-007").delete()
    assert reference_load()["group"] == 1
    event = AuditEvent.objects.filter(action="reference.load").latest("id")
    assert (event.actor_label, event.data["group"], event.data["point"]) == ("system", 1, 0)
