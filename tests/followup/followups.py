"""The cast of the follow-ups' tests: residents with and without numbers, matters passed in review, SMS that arrived."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest

from accounts.models import Officer, Role, Unit
from feedback.models import Channel, Feedback, Kind
from feedback.services import Voice, feedback_submit
from followup.models import SmsText
from followup.sms.models import SmsMessage, SmsReply, SmsState
from followup.sms.replies import reply_parse
from followup.surveys.models import FollowUp
from followup.surveys.tasks import follow_up
from measures.models import Rectification
from opinion_portal import clock
from tests.feedback.queue_cast import confirm, officer
from tests.followup.carriers import provider_config
from tests.measures.matters import dispatched, passed

PHONE, OTHER_PHONE = "13812345678", "13987654321"
# A Wednesday morning in the sending hours; the days after it are working days.
WEDNESDAY = "2026-05-20T10:00"


def at(monkeypatch: pytest.MonkeyPatch, text: str) -> datetime:
    """Let it be ``text``, a time of the bureau."""
    moment = datetime.fromisoformat(text).replace(tzinfo=clock.BUREAU_ZONE)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


def later(monkeypatch: pytest.MonkeyPatch, **span: float) -> datetime:
    """Let so much time pass."""
    moment = clock.now() + timedelta(**span)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment


def resident(content: str = "楼下烧烤店半夜还在吵", **changes: Any) -> tuple[Feedback, str]:
    """A confirmed voice through the resident's own way in, and its receipt."""
    sent: dict[str, Any] = {"client_id": str(uuid.uuid4()), "channel": Channel.QR, "content": content, "phone": PHONE}
    submitted = feedback_submit(voice=Voice(**(sent | changes)))
    voice = Feedback.objects.get(pk=submitted.feedback_id)
    return confirm(voice, kind=Kind.COMPLAINT, item="P1"), submitted.receipt


def matter_of(*voices: Feedback, **changes: Any) -> Rectification:
    """A matter of these voices, answered by its unit and passed in review."""
    return passed(dispatched(*voices, **changes))


def caller(unit: str = "centre") -> Officer:
    """An officer of the centre."""
    return officer(Role.CENTRE, Unit.objects.get(code=unit))


def asked(*voices: Feedback, **changes: Any) -> list[FollowUp]:
    """Follow-ups of a matter of these voices, their SMS delivered where there is one; in the voices' order."""
    matter = matter_of(*voices, **changes)
    follow_up()
    for message in SmsMessage.objects.filter(state=SmsState.QUEUED, is_question=True):
        arrived(message)
    follow_up()
    return list(FollowUp.objects.filter(rectification=matter).order_by("feedback"))


def arrived(message: SmsMessage) -> None:
    """The SMS leaves and reaches its phone now."""
    now = clock.now()
    SmsMessage.objects.filter(lookup=message.lookup, is_open_question=True).update(is_open_question=False)
    SmsMessage.objects.filter(pk=message.pk).update(
        state=SmsState.DELIVERED, claimed_at=now, sent_at=now, settled_at=now, is_open_question=message.is_question
    )


def replied(one: FollowUp, text: str, *, at: datetime | None = None, is_late: bool = False) -> SmsReply:
    """What a resident writes back, stored as the webhook stores it."""
    read = reply_parse(text)
    assert one.message_id is not None
    SmsReply.objects.filter(message=one.message_id, stands=True).update(stands=False)
    return SmsReply.objects.create(
        reply_id=uuid.uuid4().hex, message_id=one.message_id, text=text, answer=read.answer.value,
        comment=read.comment, is_late=is_late, stands=True, replied_at=at or clock.now(), received_at=clock.now(),
    )  # fmt: skip


def fresh(row: Any) -> Any:
    """The row as it stands now."""
    return type(row).objects.get(pk=row.pk)


def text_off(code: str) -> None:
    SmsText.objects.filter(code=code).update(is_active=False)


@pytest.fixture
def outbox(settings: Any) -> None:
    """A portal that has a provider: its messages wait in the outbox, and nothing listens at the other end."""
    config = provider_config("simulated", 9)
    settings.SMS_PROVIDER = config["SMS_PROVIDER"]
    settings.SMS = config
