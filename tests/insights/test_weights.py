"""The weights of the composite: versions in a table, which nobody rewrites once they have been in use."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import AuditEvent, Role
from insights.loop.selectors import weights_on
from insights.models import IndicatorWeights
from insights.reference import reference_load
from opinion_portal import clock
from tests.feedback.queue_cast import logged_in, officer

pytestmark = pytest.mark.django_db
TABLE = "/office/admin/insights/indicatorweights/"


def tomorrow() -> date:
    return clock.bureau_day(clock.now()) + timedelta(days=1)


def version(**changes: Any) -> IndicatorWeights:
    values = {
        "version": 2,
        "valid_from": tomorrow(),
        "response": Decimal("0.2"),
        "solution": Decimal("0.4"),
        "satisfaction": Decimal("0.4"),
        "basically": Decimal("0.8"),
        "source": "分局决定",
    }
    return IndicatorWeights(**(values | changes))


def form(**changes: Any) -> dict[str, Any]:
    return {name: str(getattr(version(**changes), name)) for name in vars(version()) if name not in {"_state", "id"}}


def test_the_first_version_is_what_centres_publish() -> None:
    found = weights_on(date(2024, 5, 30))
    assert (found.version, found.response, found.solution, found.satisfaction, found.basically) == (
        1, Decimal("0.1"), Decimal("0.5"), Decimal("0.4"), Decimal("0.9"),
    )  # fmt: skip
    assert reference_load() == {"weights": 0}


def test_a_version_holds_from_its_day_on_and_the_one_before_until_then() -> None:
    made = version()
    made.save()
    assert weights_on(tomorrow()).version == 2
    assert weights_on(tomorrow() - timedelta(days=1)).version == 1
    assert weights_on(date(2020, 1, 1)).version == 1  # nothing was in force: the first one


@pytest.mark.parametrize(
    "changes",
    [
        {"response": Decimal("0.3")},
        {"response": Decimal("0.201")},
        {"response": Decimal("-0.1"), "solution": Decimal("0.7")},
        {"response": Decimal("1.2"), "solution": Decimal("-0.6")},
        {"basically": Decimal("1.1")},
        {"version": 1},
    ],
)
def test_the_database_refuses_what_is_no_set_of_weights(changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        version(**changes).save()


def test_what_has_been_in_use_is_never_changed_nor_deleted() -> None:
    used = IndicatorWeights.objects.get(version=1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        IndicatorWeights.objects.filter(pk=used.pk).update(basically=Decimal("0.5"))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        used.delete()


def test_what_is_still_to_come_may_be_changed_and_dropped() -> None:
    made = version()
    made.save()
    IndicatorWeights.objects.filter(pk=made.pk).update(basically=Decimal("0.5"))
    made.delete()
    assert IndicatorWeights.objects.count() == 1


def test_new_weights_begin_tomorrow_at_the_earliest() -> None:
    with pytest.raises(ValidationError, match="valid_from"):
        version(valid_from=tomorrow() - timedelta(days=1)).full_clean()
    version().full_clean()


def test_the_system_administrator_adds_a_version_and_the_log_keeps_it() -> None:
    client = logged_in(officer(Role.SYSTEM_ADMIN))
    wrong = client.post(f"{TABLE}add/", form(response=Decimal("0.3")))
    assert "add up to exactly 1" in wrong.content.decode()
    assert client.post(f"{TABLE}add/", form()).status_code == 302
    assert IndicatorWeights.objects.get(version=2).basically == Decimal("0.8")
    assert AuditEvent.objects.filter(action="rule.add", object_type="indicatorweights").exists()


def test_the_administrator_reads_a_version_in_use_and_cannot_change_it() -> None:
    client = logged_in(officer(Role.SYSTEM_ADMIN))
    used = IndicatorWeights.objects.get(version=1)
    page = client.get(f"{TABLE}{used.pk}/change/")
    assert page.status_code == 200
    assert 'name="basically"' not in page.content.decode()
    assert client.post(f"{TABLE}{used.pk}/change/", form(version=1)).status_code == 403
    assert client.post(f"{TABLE}{used.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("role", [Role.CENTRE, Role.LEADER, Role.SECURITY_ADMIN])
def test_nobody_else_reaches_the_table(role: Role) -> None:
    assert logged_in(officer(role)).get(TABLE).status_code == 404
