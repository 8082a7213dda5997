"""When a message may leave, when it is tried again, and when its provider is asked: plain rules on plain data."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from followup.sms.hours import SendingHours, contact_budget

# After the first, second … failure to hand a message over; about ten hours in all.
RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360))
# A worker that took a message and says nothing for so long is dead. It gives a message up itself well before that.
CLAIM_HOLDS = timedelta(minutes=5)
LEASE_HOLDS = timedelta(minutes=2)
# A provider's records follow what it accepts: before this it is not asked, and "never heard of it" is not believed.
ASK_AFTER = timedelta(minutes=3)
BELIEVED_AFTER = timedelta(minutes=8)
# A message that was sent and has no receipt is asked for too: the receipt may have been lost.
RECEIPT_EXPECTED = timedelta(hours=2)
ASKED_FOR = timedelta(hours=72)


@dataclass
class History:
    """The moments at which messages went to one number, or will go: questions, and all others."""

    questions: list[datetime] = field(default_factory=list)
    others: list[datetime] = field(default_factory=list)

    def add(self, moment: datetime, *, is_question: bool) -> None:
        (self.questions if is_question else self.others).append(moment)


def leaves_at(at: datetime, history: History, hours: SendingHours, *, is_question: bool, is_response: bool) -> datetime:
    """The first moment from ``at`` on at which a resident may be written to, in the sending ``hours``.

    A question waits for thirty days after the last one, and any message for a day on which there is none. A response
    to what the resident has just sent waits for the sending hours alone.
    """
    while True:
        free = at if is_response else _free(at, history, is_question=is_question)
        allowed = hours.next_allowed(free)
        if allowed == at:
            return at
        at = allowed


def _free(at: datetime, history: History, *, is_question: bool) -> datetime:
    if is_question:
        return contact_budget(history.questions, at, messages=history.others)
    return contact_budget([], at, messages=[*history.questions, *history.others])


def retry_at(now: datetime, attempts: int) -> datetime | None:
    """When to try again after so many attempts; ``None``: enough."""
    return now + RETRIES[attempts - 1] if attempts <= len(RETRIES) else None


def ask_at(handed_at: datetime, now: datetime) -> datetime | None:
    """When the provider is asked next: at three times the message's age; ``None`` once it is 72 hours old."""
    following = handed_at + max(3 * (now - handed_at), ASK_AFTER)
    return following if following - handed_at <= ASKED_FOR else None
