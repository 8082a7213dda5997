"""Accounts: one administrator makes and switches them, another gives posts, nobody does both."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from accounts.models import Officer, Role, Unit
from accounts.selectors import lock_ends_at
from tests.accounts.cast import acts, log_in, officer, screen

pytestmark = pytest.mark.django_db
BECAUSE = {"reason": "Transferred to another station"}


@pytest.fixture
def system() -> Client:
    return screen(officer(Role.SYSTEM_ADMIN, "system"))


@pytest.fixture
def security() -> Client:
    return screen(officer(Role.SECURITY_ADMIN, "security"))


def _new(**changes: str) -> dict[str, str]:
    unit = Unit.objects.get(code="station-danan")
    return {"username": "110042", "name": "Zhao", "unit": str(unit.pk), **changes}


def test_a_new_account_is_a_station_officers_and_its_password_is_shown_once(system: Client) -> None:
    page = system.post("/office/officers/new/", _new())
    made = Officer.objects.get(username="110042")
    assert made.role == Role.STATION_OFFICER
    assert made.must_change_password
    password = page.context["password"]
    assert made.check_password(password)
    assert password in page.content.decode()
    assert password not in system.get(f"/office/officers/{made.pk}/").content.decode()
    assert log_in(screen(), "110042", password).status_code == 302
    assert acts("officer.create")[-1].object_id == str(made.pk)


@pytest.mark.parametrize("username", ["wang", "WANG", "with space", "a", "名字", "x" * 33])
def test_a_name_that_is_taken_or_odd_is_refused_and_what_was_typed_stays(system: Client, username: str) -> None:
    officer()
    page = system.post("/office/officers/new/", _new(username=username))
    assert page.context["form"].errors["username"]
    assert 'value="Zhao"' in page.content.decode()


def test_a_closed_account_opens_again_with_a_reason_each_time(system: Client) -> None:
    who = officer()
    for active, action in (("no", "officer.deactivate"), ("yes", "officer.activate")):
        assert system.post(f"/office/officers/{who.pk}/state/", BECAUSE | {"active": active}).status_code == 302
        who.refresh_from_db()
        assert who.is_active == (active == "yes")
        assert acts(action)[-1].reason == BECAUSE["reason"]


def test_an_act_without_a_reason_is_refused(system: Client, security: Client) -> None:
    who = officer()
    assert system.post(f"/office/officers/{who.pk}/state/", {"active": "no"}).status_code == 422
    assert system.post(f"/office/officers/{who.pk}/password/", {}).status_code == 422
    assert security.post(f"/office/officers/{who.pk}/role/", {"role": "centre"}).status_code == 422
    who.refresh_from_db()
    assert who.is_active
    assert who.role == Role.STATION_OFFICER


def test_closing_twice_tells_the_second_that_it_is_done(system: Client) -> None:
    who = officer()
    for _ in range(2):
        page = system.post(f"/office/officers/{who.pk}/state/", BECAUSE | {"active": "no"}, follow=True)
    assert "Somebody else has just done this" in page.content.decode()
    assert len(acts("officer.deactivate")) == 1


def test_a_new_first_password_ends_sessions_and_lifts_the_lock(system: Client) -> None:
    who = officer()
    there = screen(who)
    for _ in range(5):
        log_in(screen(), password="wrong")
    new = system.post(f"/office/officers/{who.pk}/password/", BECAUSE).context["password"]
    assert there.get("/office/visits/").status_code == 302
    assert log_in(screen(), "wang", new).status_code == 302
    assert new not in str(acts("password.reset")[-1].__dict__)


def test_a_locked_account_is_seen_to_be_locked_and_until_when(system: Client) -> None:
    who, other = officer(), officer(username="li")
    for number in range(5):
        log_in(Client(headers={"user-agent": f"browser {number}"}), password="wrong")
    log_in(screen(), "li", "wrong")
    until = f"Locked until {timezone.localtime(lock_ends_at('wang')):%H:%M}"
    assert system.get("/office/officers/").content.decode().count("Locked until") == 1
    assert until in system.get(f"/office/officers/{who.pk}/").content.decode()
    assert "Locked until" not in system.get(f"/office/officers/{other.pk}/").content.decode()
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert "Locked until" not in system.get("/office/officers/").content.decode()


def test_the_security_administrator_gives_a_post_that_holds_at_once(security: Client) -> None:
    who = officer()
    client = screen(who)
    assert client.get("/office/imports/").status_code == 404
    assert security.post(f"/office/officers/{who.pk}/role/", BECAUSE | {"role": "centre"}).status_code == 302
    assert client.get("/office/imports/").status_code == 200
    event = acts("officer.role_change")[-1]
    assert event.data == {"from": "station_officer", "to": "centre"}
    assert event.reason == BECAUSE["reason"]


def test_nobody_changes_the_own_post(security: Client) -> None:
    own = Officer.objects.get(username="security")
    page = security.post(f"/office/officers/{own.pk}/role/", BECAUSE | {"role": "audit_admin"}, follow=True)
    assert "Nobody changes the own post" in page.content.decode()
    own.refresh_from_db()
    assert own.role == Role.SECURITY_ADMIN


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_no_administrator_takes_over_anothers_account_by_its_password(system: Client, role: Role) -> None:
    other = officer(role, "other")
    before = other.password
    page = system.post(f"/office/officers/{other.pk}/password/", BECAUSE, follow=True)
    assert "must be changed first" in page.content.decode()
    system.post(f"/office/officers/{other.pk}/state/", BECAUSE | {"active": "no"})
    other.refresh_from_db()
    assert other.password == before
    assert other.is_active


def test_the_two_administrators_cannot_do_each_others_work(system: Client, security: Client) -> None:
    who = officer()
    assert system.post(f"/office/officers/{who.pk}/role/", BECAUSE | {"role": "centre"}).status_code == 404
    assert security.post(f"/office/officers/{who.pk}/password/", BECAUSE).status_code == 404
    assert security.post(f"/office/officers/{who.pk}/state/", BECAUSE | {"active": "no"}).status_code == 404
    assert security.post("/office/officers/new/", _new()).status_code == 404


def test_an_unknown_post_is_a_form_error_and_an_unknown_account_a_404(security: Client) -> None:
    who = officer()
    assert security.post(f"/office/officers/{who.pk}/role/", BECAUSE | {"role": "emperor"}).status_code == 422
    assert security.get("/office/officers/999999999/").status_code == 404


def test_the_list_finds_by_name_post_and_state(system: Client) -> None:
    officer()
    officer(Role.LEADER, "li")
    assert "li" in system.get("/office/officers/?role=leader").content.decode()
    found = system.get("/office/officers/?q=WANG&active=yes").context["officers"]
    assert [one.username for one in found] == ["wang"]
    assert "No account matches" in system.get("/office/officers/?q=nobody").content.decode()
    assert system.get("/office/officers/?role=emperor").status_code == 200
