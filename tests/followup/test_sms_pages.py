"""The office's SMS page: what it counts and shows, whom it lets in, what it never shows, what it costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts.models import AuditEvent, Role
from followup.models import SmsMessage, SmsReply, SmsText
from followup.sms.models import SmsState
from followup.sms.selectors import PAGE
from followup.sms.wording import Why
from opinion_portal import clock
from tests.accounts.cast import officer, screen
from tests.followup.carriers import phone_new
from tests.followup.sms_cast import DAY_AND_NIGHT, fresh, head, nobody, queued, reminder, resident, skipped

pytestmark = pytest.mark.django_db

ADDRESS = "/office/sms/"


@pytest.fixture(autouse=True)
def _any_hour(settings: Settings) -> None:
    settings.SMS_HOURS = settings.SMS_DUTY_HOURS = DAY_AND_NIGHT


@pytest.fixture
def centre() -> Client:
    return screen(officer(Role.CENTRE, "centre"))


def _set(message: SmsMessage, state: SmsState, why: str = "") -> None:
    now = clock.now()
    SmsMessage.objects.filter(pk=message.pk).update(
        state=state, why=why, claimed_at=now, sent_at=now, settled_at=None if state == SmsState.UNKNOWN else now
    )


def _stray(text: str = "我是张三，住3号楼201，电话13912345678", answer: str = "unclear") -> SmsReply:
    now = clock.now()
    return SmsReply.objects.create(
        reply_id=f"{SmsReply.objects.count()}", text=text, answer=answer, replied_at=now, received_at=now
    )


def test_the_page_counts_by_day_and_names_what_kept_messages_from_arriving(centre: Client) -> None:
    for state, why in ((SmsState.DELIVERED, ""), (SmsState.FAILED, "MK:0001"), (SmsState.FAILED, "MK:0001")):
        _set(queued(resident()), state, why)
    _set(queued(resident()), SmsState.UNKNOWN, Why.NO_ANSWER)
    skipped(nobody())
    queued(resident())
    old = queued(resident())
    SmsMessage.objects.filter(pk=old.pk).update(created_at=clock.now() - timedelta(days=20))
    SmsReply.objects.create(
        reply_id="r", message=old, text="3", answer="dissatisfied", replied_at=clock.now(), received_at=clock.now()
    )
    answer = centre.get(ADDRESS)
    today = answer.context["days"][0]
    assert today.states == {"delivered": 1, "failed": 2, "unknown": 1, "cancelled": 1, "queued": 1}
    assert (today.total, today.answers, today.reply_total) == (6, {"dissatisfied": 1}, 1)
    assert len(answer.context["days"]) == 14
    troubles = [(one.why, one.count) for one in answer.context["troubles"]]
    assert troubles[0] == ("MK:0001", 2)
    assert ("The provider gave no answer", 1) in troubles
    assert "No phone number was left" in answer.content.decode()


def test_a_message_is_named_by_its_feedback_and_a_reminder_by_the_officer_never_by_a_number(centre: Client) -> None:
    phone, duty = phone_new(), phone_new()
    feedback, to = resident(phone), head(phone=duty)
    queued(feedback, "survey-link")
    reminder(to)
    page = centre.get(ADDRESS).content.decode()
    assert feedback.reference in page
    assert f'href="/office/feedback/{feedback.pk}/"' in page
    assert to.username in page
    for secret in (phone, duty, "portal.example"):
        assert secret not in page


def test_the_list_is_paged_and_filtered_by_state(centre: Client) -> None:
    for _ in range(PAGE + 2):
        skipped(nobody())
    waiting = queued(resident())
    first = centre.get(ADDRESS)
    assert len(first.context["lines"]) == PAGE
    second = centre.get(ADDRESS, {"before": first.context["older"]})
    assert len(second.context["lines"]) == 3
    assert "days" not in second.context
    shown = centre.get(ADDRESS, {"state": "queued"})
    assert [line.id for line in shown.context["lines"]] == [waiting.pk]
    for odd in ({"state": "x"}, {"before": "x"}, {"before": "9" * 30}, {"before": "٣"}):
        assert centre.get(ADDRESS, odd).status_code == 200


def test_replies_that_answer_nothing_are_read_redacted_marked_once_and_recorded(centre: Client) -> None:
    stray, refusal = _stray(), _stray("TD", "refusal")
    answer = centre.get(ADDRESS)
    assert [one.id for one in answer.context["strays"]] == [stray.pk]
    page = answer.content.decode()
    assert "13912345678" not in page
    assert "〔电话〕" in page
    assert AuditEvent.objects.get(action="sms.replies_read").data == {"ids": [stray.pk]}
    marked = [centre.post(f"{ADDRESS}replies/{stray.pk}/seen/", follow=True).content.decode() for _ in range(2)]
    assert "The reply is marked as read." in marked[0]
    assert "Somebody had read this reply before." in marked[1]
    seen = SmsReply.objects.get(pk=stray.pk)
    assert seen.seen_by
    assert seen.seen_by.username == "centre"
    assert AuditEvent.objects.filter(action="sms.reply_seen", object_id=str(stray.pk)).count() == 1
    assert centre.get(ADDRESS).context["strays"] == []
    assert SmsReply.objects.get(pk=refusal.pk).seen_at is None


def test_only_a_stray_reply_can_be_marked_here(centre: Client) -> None:
    message = queued(resident())
    reply = SmsReply.objects.create(
        reply_id="x", message=message, text="？", answer="unclear", replied_at=clock.now(), received_at=clock.now()
    )
    assert centre.post(f"{ADDRESS}replies/{reply.pk}/seen/").status_code == 404
    assert centre.post(f"{ADDRESS}replies/99999/seen/").status_code == 404


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CENTRE, Role.DISCIPLINE}])
def test_nobody_else_sees_it(role: Role) -> None:
    stray = _stray()
    client = screen(officer(role, "other"))
    assert client.get(ADDRESS).status_code == 404
    assert client.post(f"{ADDRESS}replies/{stray.pk}/seen/").status_code == 404
    assert SmsReply.objects.get(pk=stray.pk).seen_at is None


def test_a_portal_without_a_provider_says_so(centre: Client, settings: Settings) -> None:
    assert "A simulated carrier" in centre.get(ADDRESS).content.decode()
    settings.SMS_PROVIDER = "none"
    assert "The portal has no SMS provider" in centre.get(ADDRESS).content.decode()


def test_every_text_is_shown_with_its_length_in_parts(centre: Client) -> None:
    long = SmsText.objects.get(code="survey")
    SmsText.objects.filter(pk=long.pk).update(body="很" * 64 + "长")
    texts = {text.code: text for text in centre.get(ADDRESS).context["texts"]}
    assert set(texts) == set(SmsText.objects.values_list("code", flat=True))
    assert (texts["survey"].length, texts["survey"].parts) == (71, 2)
    assert texts["opt-out"].parts == 1
    assert texts["opt-out"].words.startswith("【沈河公安】")


def test_the_page_costs_the_same_however_much_was_sent(centre: Client) -> None:
    queued(resident())
    centre.get(ADDRESS)
    with CaptureQueriesContext(connection) as few:
        centre.get(ADDRESS)
    for _ in range(30):
        _set(queued(resident()), SmsState.DELIVERED)
        reminder(head())
    with CaptureQueriesContext(connection) as many:
        centre.get(ADDRESS)
    statements = [query["sql"] for query in many]
    assert len(many) == len(few), statements
    assert len(statements) <= 14, statements


def test_the_menu_leads_there_for_the_centre_alone(centre: Client) -> None:
    assert f'href="{ADDRESS}"' in centre.get("/office/feedback/").content.decode()
    station = screen(officer(Role.STATION_OFFICER, "station"))
    assert f'href="{ADDRESS}"' not in station.get("/office/feedback/").content.decode()


# The texts' own table ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"body": "您反映的事项已办理，请回复1满意 2基本满意 3不满意。"}, "{reference}"),
        ({"body": "编号{reference}，{name}。"}, "The portal fills these variables, no others: {reference}"),
        ({"body": "编号{reference}【公安】"}, "Leave out 【】"),
        ({"body": "编号{reference}{"}, "A variable is written {name}"),
        ({"signature": "公"}, "A signature has 2 to 16 characters."),
        ({"signature": "【公安】"}, "letters and digits"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused(changes: dict[str, str], told: str) -> None:
    text = SmsText.objects.get(code="survey")
    client = screen(officer(Role.SYSTEM_ADMIN, "system"))
    fields = {"purpose": text.purpose, "signature": text.signature, "body": text.body, "is_active": "on"} | changes
    answer = client.post(f"/office/admin/followup/smstext/{text.pk}/change/", fields)
    assert answer.status_code == 200
    assert told in answer.content.decode()
    assert SmsText.objects.get(pk=text.pk).body == text.body


def test_a_text_is_changed_and_shown_as_a_phone_shows_it() -> None:
    text = SmsText.objects.get(code="survey")
    client = screen(officer(Role.SYSTEM_ADMIN, "system"))
    address = f"/office/admin/followup/smstext/{text.pk}/change/"
    body = "编号{reference}：回复1、2或3。"
    fields = {"purpose": text.purpose, "signature": "沈河分局", "body": body, "is_active": "on"}
    assert client.post(address, fields).status_code == 302
    assert f"【沈河分局】{body}" in client.get(address).content.decode()
    message = queued(resident())
    assert fresh(message).signature == "沈河分局"


def test_a_message_of_the_list_is_named_by_its_purpose(centre: Client) -> None:
    message = queued(resident(), "survey-thanks")
    (line,) = centre.get(ADDRESS).context["lines"]
    assert line.purpose == message.text.purpose
    assert f'<span class="tag">{message.text.purpose}</span>' in centre.get(ADDRESS).content.decode()
