"""What the tests of the outbox share: residents with numbers, a carrier that is really there, moments of a day."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from pytest_django import Settings

from accounts.models import Officer, Role, Unit
from feedback.models import Channel, Feedback
from feedback.services import Voice, feedback_submit
from followup.models import SmsMessage, SmsText
from followup.sms.hours import SendingHours
from followup.sms.services import Skipped, sms_queue
from opinion_portal import clock
from tests.followup.carriers import CarrierProgram, carrier_running, phone_new, provider_config

TOKEN = "a-token-for-the-webhooks"
DAY_AND_NIGHT = SendingHours(((time.min, time.max),))
MOBILE = "13700000001"


def resident(phone: str = "", **changes: Any) -> Feedback:
    """A voice whose sender left a number (``phone``, or one that nobody has had); ``phone=None``: none."""
    number = phone_new() if phone == "" else phone or ""
    voice = Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, content="楼下太吵", phone=number, **changes)
    return Feedback.objects.get(pk=feedback_submit(voice=voice).feedback_id)


def nobody() -> Feedback:
    """A voice without a number."""
    voice = Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, content="楼下太吵")
    return Feedback.objects.get(pk=feedback_submit(voice=voice).feedback_id)


def head(phone: str = MOBILE) -> Officer:
    """A unit's head with a duty phone."""
    name, station = f"head-{uuid.uuid4().hex[:6]}", Unit.objects.get(code="station-huangcheng")
    return Officer.objects.create(username=name, name=name, role=Role.UNIT_HEAD, unit=station, phone=phone)


def try_queue(feedback: Feedback, text_code: str = "survey", **changes: Any) -> SmsMessage | Skipped:
    values = {"survey": {"reference": feedback.reference}, "survey-link": {"link": "https://portal.example/s/abc"}}
    given: dict[str, Any] = {"values": values.get(text_code, {}), "is_question": text_code == "survey"} | changes
    with transaction.atomic():
        return sms_queue(text_code=text_code, feedback=feedback, **given)


def queued(feedback: Feedback, text_code: str = "survey", **changes: Any) -> SmsMessage:
    """A message in the outbox; a survey is a question."""
    message = try_queue(feedback, text_code, **changes)
    assert isinstance(message, SmsMessage), message
    return message


def skipped(feedback: Feedback, text_code: str = "survey", **changes: Any) -> Skipped:
    """What was not put in the outbox, and why."""
    found = try_queue(feedback, text_code, **changes)
    assert isinstance(found, Skipped), found
    return found


def reminder(to: Officer, **changes: Any) -> SmsMessage | Skipped:
    with transaction.atomic():
        return sms_queue(text_code="unit-matter-new", values={"count": "2"}, officer=to, **changes)


def fresh(message: SmsMessage) -> SmsMessage:
    return SmsMessage.objects.get(pk=message.pk)


def at(hour: int, minute: int = 0, *, day: int = 0) -> datetime:
    """A moment of the bureau's day, ``day`` days from today."""
    today = clock.bureau_day(clock.now()) + timedelta(days=day)
    return datetime.combine(today, time(hour, minute), tzinfo=clock.BUREAU_ZONE)


def text(code: str) -> SmsText:
    return SmsText.objects.get(code=code)


def sends_through(settings: Settings, carrier: CarrierProgram, name: str = "simulated", **changes: str) -> None:
    """Have this process send through ``carrier``, at any hour."""
    settings.SMS_PROVIDER = name
    settings.SMS = provider_config(name, carrier.port, SMS_READ_SECONDS="3", **changes)
    settings.SMS_TEMPLATES = {one.code: f"T-{one.code}" for one in SmsText.objects.all()}
    settings.SMS_WEBHOOK_TOKEN = TOKEN
    settings.SMS_HOURS = settings.SMS_DUTY_HOURS = DAY_AND_NIGHT


@contextmanager
def quiet_carrier(folder: Path) -> Iterator[CarrierProgram]:
    """A carrier that tells nobody: the test hands on what it wants to."""
    with carrier_running(folder) as carrier:
        yield carrier
