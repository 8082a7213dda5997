"""The units as the portal starts with them."""

import pytest

from accounts.models import Unit

pytestmark = pytest.mark.django_db


def test_all_units_hang_below_one_bureau() -> None:
    bureau = Unit.objects.get(kind=Unit.Kind.BUREAU)
    assert bureau.name == "沈阳市公安局沈河分局"
    assert set(Unit.objects.exclude(pk=bureau.pk).values_list("parent", flat=True)) == {bureau.pk}


def test_only_the_two_confirmed_stations_are_not_marked_as_examples() -> None:
    confirmed = Unit.objects.filter(kind=Unit.Kind.STATION, is_example=False)
    assert set(confirmed.values_list("name", flat=True)) == {"皇城派出所", "大南派出所"}
    assert Unit.objects.filter(kind=Unit.Kind.STATION, is_example=True).count() >= 8


def test_every_department_that_the_measures_need_is_there() -> None:
    departments = Unit.objects.filter(kind=Unit.Kind.DEPARTMENT).values_list("code", flat=True)
    assert set(departments) == {
        "centre", "discipline", "command", "traffic", "public-order", "criminal", "household", "legal",
    }  # fmt: skip


def test_every_unit_has_both_names() -> None:
    assert not Unit.objects.filter(name="").exists()
    assert not Unit.objects.filter(name_en="").exists()
