"""What counts against the next message to a number: whatever went to it, however the portal came to know."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from followup.models import SmsMessage
from followup.sms import moves
from followup.sms.models import SmsState
from followup.sms.providers.base import Delivery
from followup.sms.sending import sms_claim_due
from followup.sms.taking import receipt_take
from opinion_portal import clock
from tests.followup.carriers import phone_new, provider_config
from tests.followup.sms_cast import DAY_AND_NIGHT, fresh, queued, resident


@pytest.fixture(autouse=True)
def _outbox(settings: Settings) -> None:
    """A portal that has a provider, at any hour; nothing listens at the other end."""
    settings.SMS_PROVIDER, settings.SMS = "simulated", provider_config("simulated", 9)
    settings.SMS_HOURS = settings.SMS_DUTY_HOURS = DAY_AND_NIGHT


@pytest.mark.django_db
@pytest.mark.parametrize("is_delivered", [True, False])
def test_a_survey_put_back_as_never_accepted_counts_once_its_receipt_comes_after_all(*, is_delivered: bool) -> None:
    phone = phone_new()
    first = _put_back(queued(resident(phone)))
    receipt_take(delivery=_receipt(first, is_delivered=is_delivered), provider="simulated")
    first = fresh(first)
    assert first.state == (SmsState.DELIVERED if is_delivered else SmsState.FAILED)
    assert first.sent_at is not None
    second = queued(resident(phone))
    assert second.due_at >= first.sent_at + timedelta(days=30)


def _put_back(message: SmsMessage) -> SmsMessage:
    """Claimed and handed over, without an answer; then the provider says that it has never heard of it."""
    now = clock.now()
    claimed = sms_claim_due(now=now)[0]
    assert claimed.pk == message.pk
    assert moves.doubtful(claimed, "no-answer", now)
    assert moves.queued_again(fresh(claimed), now + timedelta(minutes=1), "", requeued_at=now)
    return fresh(claimed)


def _receipt(message: SmsMessage, *, is_delivered: bool) -> Delivery:
    return Delivery(
        provider_id="1^0", key=str(message.key), phone="13800000000", is_delivered=is_delivered, code="X",
        reported_at=datetime.now(UTC), receipt_id=f"receipt of {message.key}",
    )  # fmt: skip
