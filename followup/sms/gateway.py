"""What the settings say of sending: through which provider, under which template, in which hours."""

from datetime import datetime
from functools import lru_cache

from django.conf import settings

from followup.sms.hours import SendingHours
from followup.sms.models import SmsMessage
from followup.sms.plan import History, leaves_at
from followup.sms.providers import provider_from
from followup.sms.providers.base import Provider
from opinion_portal import clock


def provider_now() -> Provider | None:
    """The provider, ready to send; ``None`` where the portal has none."""
    if settings.SMS_PROVIDER == "none":
        return None
    return _made(tuple(sorted(settings.SMS.items())))


@lru_cache(maxsize=4)
def _made(config: tuple[tuple[str, str], ...]) -> Provider:
    # A provider keeps connections and, with an SDK, much memory: one for all threads, made at the first use.
    return provider_from(dict(config), clock=clock.now)


def template_code(text_code: str) -> str:
    """What the provider calls the template of this text; ``""`` where it knows none."""
    if settings.SMS_PROVIDER == "simulated":
        return text_code
    return settings.SMS_TEMPLATES.get(text_code, "")


def may_leave_at(message: SmsMessage, at: datetime, history: History) -> datetime:
    """The first moment from ``at`` on at which this message may leave, after what its number had before."""
    if message.officer_id:
        duty: SendingHours = settings.SMS_DUTY_HOURS
        return duty.next_allowed(at)
    return leaves_at(at, history, settings.SMS_HOURS, is_question=message.is_question, is_response=message.is_response)
