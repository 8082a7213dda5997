"""The duty phone of an account: to which the reminders of a unit's head go by SMS."""

import pytest
from django.test import Client

from accounts.models import Officer, Role, Unit
from tests.accounts.cast import acts, officer, screen

pytestmark = pytest.mark.django_db
BECAUSE = {"reason": "Duty roster of May"}


@pytest.fixture
def system() -> Client:
    return screen(officer(Role.SYSTEM_ADMIN, "system"))


def _new(**changes: str) -> dict[str, str]:
    unit = Unit.objects.get(code="station-danan")
    return {"username": "110042", "name": "Zhao", "unit": str(unit.pk), **changes}


@pytest.mark.parametrize("typed", ["13800000001", " 138 0000 0001", "+86 138-0000-0001", "１３８０００００００１"])
def test_a_duty_phone_is_kept_as_bare_digits_and_its_number_stays_out_of_the_log(system: Client, typed: str) -> None:
    who = officer()
    answer = system.post(f"/office/officers/{who.pk}/phone/", BECAUSE | {"phone": typed})
    assert answer.status_code == 302
    who.refresh_from_db()
    assert who.phone == "13800000001"
    event = acts("officer.phone_change")[-1]
    assert (event.changed, event.reason) == (["phone"], BECAUSE["reason"])
    assert "13800000001" not in str(event.__dict__)
    assert "13800000001" in system.get(f"/office/officers/{who.pk}/").content.decode()


@pytest.mark.parametrize("typed", ["024-12345678", "12800000001", "1380000000", "138000000012", "call me"])
def test_what_is_no_mobile_number_is_refused_and_stays_typed(system: Client, typed: str) -> None:
    who = officer()
    page = system.post(f"/office/officers/{who.pk}/phone/", BECAUSE | {"phone": typed})
    assert page.status_code == 422
    assert "Enter a mobile number" in page.content.decode()
    assert typed in page.content.decode()
    made = system.post("/office/officers/new/", _new(phone=typed))
    assert made.context["form"].errors["phone"]
    who.refresh_from_db()
    assert who.phone == ""


def test_a_new_account_may_begin_with_its_duty_phone_and_lose_it(system: Client) -> None:
    system.post("/office/officers/new/", _new(phone="138 0000 0001"))
    made = Officer.objects.get(username="110042")
    assert made.phone == "13800000001"
    page = system.post(f"/office/officers/{made.pk}/phone/", BECAUSE | {"phone": ""}, follow=True)
    assert "The duty phone is removed" in page.content.decode()
    made.refresh_from_db()
    assert made.phone == ""


def test_the_phone_of_an_administrator_or_by_another_post_is_not_changed(system: Client) -> None:
    who, other = officer(), officer(Role.AUDIT_ADMIN, "other")
    security = screen(officer(Role.SECURITY_ADMIN, "security"))
    assert security.post(f"/office/officers/{who.pk}/phone/", BECAUSE | {"phone": "13800000001"}).status_code == 404
    page = system.post(f"/office/officers/{other.pk}/phone/", BECAUSE | {"phone": "13800000001"}, follow=True)
    assert "must be changed first" in page.content.decode()
    assert not Officer.objects.filter(phone="13800000001").exists()
