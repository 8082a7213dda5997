"""The whole way through a carrier that is really there: asked by SMS, answered on the phone, reopened, called back."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from followup.callbacks.models import CallBack, CallBackState
from followup.models import SmsText
from followup.sms.models import SmsMessage, SmsReply, SmsState
from followup.sms.tasks import send_due
from followup.surveys.models import FollowUp, FollowUpState, Way
from followup.surveys.tasks import follow_up
from measures.models import Closing, MatterState
from opinion_portal import clock
from tests.followup.carriers import CarrierProgram, carrier_running, phone_new
from tests.followup.followups import fresh, matter_of, resident
from tests.followup.sms_cast import TOKEN, sends_through
from tests.support.programs import until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def carrier(live_server: LiveServer, settings: Settings, tmp_path: Path) -> Iterator[CarrierProgram]:
    """A carrier that reports to this portal, and a portal that sends through it."""
    hooks = f"{live_server.url}/hooks/sms/{TOKEN}"
    with carrier_running(tmp_path, report_url=f"{hooks}/report/", reply_url=f"{hooks}/reply/") as running:
        sends_through(settings, running)
        yield running


def arrived() -> SmsMessage:
    """The question, once the carrier has reported that it reached the phone."""
    send_due()
    question = SmsMessage.objects.exclude(state=SmsState.CANCELLED).get(is_question=True)
    until(lambda: bool(fresh(question).state == SmsState.DELIVERED), 15)
    follow_up()
    return question


def test_a_passed_matter_is_asked_about_answered_with_3_reopened_and_called_back(carrier: CarrierProgram) -> None:
    phone = phone_new()
    voice, _receipt = resident(phone=phone)
    matter = matter_of(voice)
    follow_up()
    question = arrived()
    asked = FollowUp.objects.get(rectification=matter)
    assert (asked.state, asked.way, asked.message) == (FollowUpState.ASKED, Way.SMS, question)
    assert [text["text"] for text in carrier.sent(str(question.key))] == [f"【{question.signature}】{question.body}"]

    assert carrier.reply(phone, "3 没人来") == 303
    until(SmsReply.objects.exists, 15)
    follow_up()
    owed = CallBack.objects.get(follow_up=asked)
    again = fresh(matter)
    assert (again.state, again.reopen_count) == (MatterState.HANDLING, 1)
    assert owed.state == CallBackState.OPEN
    assert timedelta(hours=10) < owed.due_at - clock.now() <= timedelta(hours=24)

    send_due()
    (told,) = SmsMessage.objects.filter(is_response=True)
    assert told.text.code == "survey-reopened"
    assert len(carrier.sent(str(told.key))) == 1
    follow_up()
    assert (FollowUp.objects.count(), CallBack.objects.count()) == (1, 1)


def test_whose_reply_does_not_get_through_answers_by_the_link_in_the_sms(
    carrier: CarrierProgram, client: Client
) -> None:
    SmsText.objects.filter(code="survey").update(is_active=False)
    voice, _receipt = resident(phone=phone_new())
    matter = matter_of(voice)
    follow_up()
    question = arrived()
    (received,) = carrier.sent(str(question.key))
    path = re.search(r"/s/[a-z2-7]+/", received["text"])
    assert path
    # Once it has left, the outbox knows no more of the link than a stranger.
    assert path[0] not in str(fresh(question).body) + str(fresh(question).values)
    assert client.get(f"{path[0]}?lang=en").status_code == 200
    client.post(f"{path[0]}?lang=en", {"is_solved": "yes", "answer": "satisfied"})
    closed = fresh(matter)
    assert (closed.state, closed.closing) == (MatterState.CLOSED, Closing.HEARD)
