"""Log in, be locked out, rest, log out, choose a password."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Role
from accounts.tasks import tidy_logins
from tests.accounts.cast import PASSWORD, acts, log_in, officer, screen

pytestmark = pytest.mark.django_db


def test_the_right_password_opens_the_office_and_is_recorded() -> None:
    who, client = officer(), screen()
    answer = log_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/office/")
    assert [event.actor for event in acts("session.open")] == [who]


def test_login_leads_to_the_page_that_was_asked_for() -> None:
    officer()
    client = screen()
    asked = client.get("/office/points/?kind=school")
    assert asked["Location"].startswith("/office/login/?next=%2Foffice%2Fpoints%2F%3Fkind%3Dschool")
    assert log_in(client, next="/office/points/?kind=school")["Location"] == "/office/points/?kind=school"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_login_never_leads_elsewhere(elsewhere: str) -> None:
    officer()
    assert log_in(screen(), next=elsewhere)["Location"] == "/office/"


def test_a_wrong_password_and_an_unknown_account_get_the_same_answer() -> None:
    officer()
    known = log_in(screen(), "wang", "wrong").content.decode().replace("wang", "NAME")
    unknown = log_in(screen(), "nobody", "wrong").content.decode().replace("nobody", "NAME")
    assert "Account or password is wrong" in known
    assert _without_tokens(known) == _without_tokens(unknown)


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)


def test_the_typed_account_stays_and_the_password_does_not() -> None:
    page = log_in(screen(), "wang", "Wrong-Password-1").content.decode()
    assert 'value="wang"' in page
    assert "Wrong-Password-1" not in page


def test_five_failures_lock_the_account_and_say_until_when() -> None:
    officer()
    client = screen()
    answers = [log_in(client, password="wrong") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    locked = log_in(client)
    assert locked.status_code == 429
    assert 0 < int(locked["Retry-After"]) <= 1800
    assert f"{timezone.localtime(locked.context['ends']):%H:%M}" in locked.content.decode()
    assert len(acts("session.lock")) == 1


def test_an_unknown_account_locks_just_the_same() -> None:
    client = screen()
    assert [log_in(client, "nobody", "x").status_code for _ in range(5)][-1] == 429


def test_a_new_browser_wins_no_new_attempts() -> None:
    officer()
    for number in range(5):
        log_in(Client(headers={"user-agent": f"browser {number}"}), password="wrong")
    assert log_in(Client(headers={"user-agent": "another"})).status_code == 429


def test_another_account_is_not_locked_with_it() -> None:
    officer()
    officer(username="li")
    client = screen()
    for _ in range(5):
        log_in(client, password="wrong")
    assert log_in(client, "li").status_code == 302


def test_the_lock_ends_after_thirty_minutes_and_attempts_meanwhile_do_not_lengthen_it() -> None:
    officer()
    client = screen()
    for _ in range(5):
        log_in(client, password="wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=29))
    assert log_in(client, password="wrong").status_code == 429
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=31))
    assert log_in(client).status_code == 302


def test_a_closed_account_does_not_open() -> None:
    who = officer()
    who.is_active = False
    who.save()
    assert "Account or password is wrong" in log_in(screen()).content.decode()


def test_closing_an_account_ends_its_open_session() -> None:
    who = officer()
    client = screen(who)
    assert client.get("/office/visits/").status_code == 200
    who.is_active = False
    who.save()
    assert client.get("/office/visits/").status_code == 302


def test_the_audit_log_never_holds_a_password_an_address_or_an_unknown_name() -> None:
    officer()
    client = screen()
    log_in(client, password="Secret-Word-1")
    log_in(client, "My-Password-In-The-Wrong-Field", "x")
    log_in(client)
    events = AuditEvent.objects.filter(action__startswith="session.")
    text = " ".join(str(event.__dict__) for event in events)
    assert len(events) == 3
    assert "Secret-Word-1" not in text
    assert "My-Password" not in text
    assert "127.0.0.1" not in text


def test_nothing_stored_about_failures_holds_an_address_or_the_password() -> None:
    log_in(screen(), password="Secret-Word-1")
    stored = str(AccessAttempt.objects.values())
    assert "127.0.0.1" not in stored
    assert "Secret-Word-1" not in stored


def test_login_gives_the_session_a_new_key() -> None:
    officer()
    client = screen()
    session = client.session
    session["planted"] = "yes"
    session.save()
    client.cookies["sessionid"] = str(session.session_key)
    log_in(client)
    assert client.session.session_key != session.session_key


def test_after_thirty_minutes_of_rest_the_login_page_says_so() -> None:
    client = screen(officer())
    assert client.get("/office/visits/").status_code == 200
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    gone = client.get("/office/visits/")
    assert gone["Location"] == "/office/login/?next=%2Foffice%2Fvisits%2F&rest=1"
    assert "after 30 minutes of rest" in client.get(gone["Location"]).content.decode()


def test_every_request_starts_the_rest_anew() -> None:
    client = screen(officer())
    Session.objects.update(expire_date=timezone.now() + timedelta(seconds=60))
    assert client.get("/office/awake/").status_code == 204
    assert Session.objects.get().expire_date > timezone.now() + timedelta(minutes=29)


def test_pages_within_a_minute_store_the_login_once() -> None:
    client = screen(officer())
    kept = timezone.now() + timedelta(minutes=29, seconds=30)
    Session.objects.update(expire_date=kept)
    client.get("/office/awake/")
    assert Session.objects.get().expire_date == kept
    Session.objects.update(expire_date=kept - timedelta(minutes=1))
    client.get("/office/awake/")
    assert Session.objects.get().expire_date > kept


def test_whoever_is_not_logged_in_has_no_session() -> None:
    assert screen().get("/office/login/").status_code == 200
    assert not Session.objects.exists()


def test_a_form_sent_after_the_rest_leads_back_to_its_own_page() -> None:
    client = screen(officer())
    Session.objects.all().delete()
    answer = client.post("/office/visits/log/", {}, headers={"referer": "http://testserver/office/visits/log/?point=1"})
    assert answer["Location"] == "/office/login/?next=%2Foffice%2Fvisits%2Flog%2F%3Fpoint%3D1&rest=1"


def test_a_part_of_a_page_asked_for_after_the_rest_moves_the_whole_page() -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/office/feedback/?state=received"}
    answer = screen().get("/office/feedback/alerts/", headers=headers)
    assert answer.status_code == 200
    assert answer["HX-Redirect"] == "/office/login/?next=%2Foffice%2Ffeedback%2F%3Fstate%3Dreceived"


def test_logging_out_needs_a_button_and_is_recorded() -> None:
    who = officer()
    client = screen(who)
    assert client.get("/office/logout/").status_code == 405
    assert "You have logged out" in client.post("/office/logout/", follow=True).content.decode()
    assert client.get("/office/visits/").status_code == 302
    assert [event.actor for event in acts("session.close")] == [who]


def test_a_first_password_must_be_changed_before_anything_else() -> None:
    who = officer(first=True)
    client = screen()
    log_in(client)
    for page in ("/office/", "/office/visits/"):
        assert client.get(page)["Location"] == "/office/password/"
    new = "Early-Lamp-83"
    assert client.post("/office/password/", {"new_password1": new, "new_password2": new})["Location"] == "/office/"
    who.refresh_from_db()
    assert who.check_password(new)
    assert not who.must_change_password
    assert client.get("/office/visits/").status_code == 200
    assert len(acts("password.change")) == 1


@pytest.mark.parametrize(
    ("new", "complaint"),
    [
        (PASSWORD, "differs from the present one"),
        ("short-1", "too short"),
        ("onlysmallletters", "at least three of"),
        ("Password1", "too common"),
    ],
)
def test_a_weak_or_old_password_is_refused(new: str, complaint: str) -> None:
    who = officer(first=True)
    page = screen(who).post("/office/password/", {"new_password1": new, "new_password2": new}).content.decode()
    assert complaint in page
    assert who.check_password(PASSWORD)


def test_a_later_change_asks_for_the_present_password_and_ends_other_sessions() -> None:
    who = officer(Role.CENTRE)
    here, there = screen(who), screen(who)
    new = {"new_password1": "Early-Lamp-83", "new_password2": "Early-Lamp-83"}
    assert "not your present password" in here.post("/office/password/", new | {"old_password": "no"}).content.decode()
    assert here.post("/office/password/", new | {"old_password": PASSWORD}).status_code == 302
    assert here.get("/office/password/").status_code == 200
    assert there.get("/office/password/").status_code == 302


def test_the_language_of_the_office_is_kept_in_a_cookie_of_the_office() -> None:
    client = Client()
    answer = client.post("/office/language/", {"language": "en", "next": "/office/login/"})
    assert answer["Location"] == "/office/login/"
    assert answer.cookies["office_language"]["path"] == "/office/"
    assert "Log in to the office" in client.get("/office/login/").content.decode()
    assert "office_language" not in client.post("/office/language/", {"language": "xx"}).cookies


def test_chinese_is_spoken_unless_somebody_asks_otherwise() -> None:
    assert "登录工作台" in Client().get("/office/login/").content.decode()


def test_no_browser_keeps_a_page_of_the_office() -> None:
    assert screen(officer()).get("/office/visits/")["Cache-Control"] == "private, no-store"


def test_ended_sessions_and_old_failures_are_tidied_away_and_present_ones_stay() -> None:
    screen(officer())
    log_in(screen(), "yesterday", "wrong")
    old = timezone.now() - timedelta(days=2)
    Session.objects.update(expire_date=old)
    AccessAttempt.objects.update(attempt_time=old)
    screen(officer(username="li"))
    log_in(screen(), "today", "wrong")
    tidy_logins.run()
    assert Session.objects.count() == 1
    assert [attempt.username for attempt in AccessAttempt.objects.all()] == ["today"]
