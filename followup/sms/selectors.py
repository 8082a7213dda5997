"""Every read of the outbox: what other capabilities look for, and what the office's page shows.

Nobody is told of an answer; whoever asked a question looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce, TruncDate
from django.http import Http404

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.models import reference_of
from feedback.redaction import redact
from followup.models import SmsText
from followup.sms.bodies import body_shown
from followup.sms.models import ReplyAnswer, SmsMessage, SmsReply, SmsState
from followup.sms.plan import History
from followup.sms.texts import full_text, parts
from followup.sms.wording import why_text
from opinion_portal import clock

PAGE = 50
STRAYS = 20
DAYS = 14
CODES = 10
# Longer than thirty days ago nothing counts for the next question.
_HISTORY = timedelta(days=31)
# A row's moment is taken before its transaction ends: whoever looks for what is new looks back by so much.
OVERLAP = timedelta(minutes=5)


# For other capabilities -------------------------------------------------------------------------------------------
def answers_since(moment: datetime, *, about_type: str = "") -> QuerySet[SmsReply]:
    """The replies to questions that came in since ``moment``, in the order in which they were written.

    ``about_type`` keeps those whose question is about such an object. Some minutes before ``moment`` are looked at
    again, so take each reply once by its id; ``stands`` says which of several to one question holds.
    """
    replies = SmsReply.objects.filter(message__isnull=False, received_at__gte=moment - OVERLAP)
    if about_type:
        replies = replies.filter(message__about_type=about_type)
    return replies.select_related("message").order_by("replied_at", "id")


def reply_for(message: SmsMessage) -> SmsReply | None:
    """The reply to this question that holds; an unclear one only where no other came. ``None``: nothing came."""
    return message.replies.filter(stands=True).first()


def messages_about(about_type: str, about_id: int) -> QuerySet[SmsMessage]:
    """What was written about one object, newest first."""
    return SmsMessage.objects.filter(about_type=about_type, about_id=about_id).order_by("-id")


def histories_of(lookups: Iterable[bytes], *, planned: bool) -> dict[bytes, History]:
    """What went to each number in the last month, or may have gone; with ``planned`` also what still waits."""
    went = Q(state__in=[SmsState.CLAIMED, SmsState.UNKNOWN, SmsState.SENT, SmsState.DELIVERED])
    went |= Q(state=SmsState.FAILED, sent_at__isnull=False)
    # By the moment and not by its claim: one put back as never accepted has none, though its receipt came after all.
    counted = went & Q(moment__gte=clock.now() - _HISTORY)
    if planned:
        counted |= Q(state=SmsState.QUEUED)
    dated = SmsMessage.objects.annotate(moment=Coalesce("sent_at", "claimed_at", "due_at"))
    moments = dated.filter(counted, lookup__in=list(lookups))
    histories: dict[bytes, History] = {}
    for lookup, moment, is_question in moments.values_list("lookup", "moment", "is_question"):
        histories.setdefault(bytes(lookup or b""), History()).add(moment, is_question=is_question)
    return histories


# For the office ---------------------------------------------------------------------------------------------------
@dataclass
class Day:
    """What became of the messages caused on one bureau day, and the replies of that day by answer."""

    day: date
    states: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.states.values())

    @property
    def reply_total(self) -> int:
        return sum(self.answers.values())

    @property
    def state_counts(self) -> list[int]:
        """In the order of ``SmsState``."""
        return [self.states.get(state, 0) for state in SmsState.values]

    @property
    def answer_counts(self) -> list[int]:
        """In the order of ``ReplyAnswer``."""
        return [self.answers.get(answer, 0) for answer in ReplyAnswer.values]


@dataclass(frozen=True)
class Trouble:
    """How often one reason kept messages from arriving."""

    state: str
    why: str
    count: int


@dataclass(frozen=True)
class Line:
    """One message of the list. ``reference`` is the feedback's or the officer's account; never a number."""

    id: int
    reference: str
    feedback_id: int | None
    purpose: str
    body: str
    parts: int
    state: str
    state_label: str
    why: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True)
class Stray:
    """A reply that answers no question we know of; its words are redacted."""

    id: int
    words: str
    answer: str
    replied_at: datetime


@dataclass(frozen=True)
class Preview:
    """A text as it would be sent, with its variables in it, and as how many messages."""

    code: str
    purpose: str
    words: str
    length: int
    parts: int
    is_active: bool


def _allow(officer: Officer) -> None:
    if not may(officer, Action.SMS_VIEW):
        raise Http404


def health_of(officer: Officer, *, today: date) -> tuple[list[Day], list[Trouble]]:
    """The last fourteen days, newest first, and what went wrong most often in them."""
    _allow(officer)
    days = {day: Day(day) for day in (today - timedelta(days=back) for back in range(DAYS))}
    since = clock.day_start(today - timedelta(days=DAYS - 1))
    messages = SmsMessage.objects.filter(created_at__gte=since).order_by()
    day_of = TruncDate("created_at", tzinfo=clock.BUREAU_ZONE)
    for day, state, count in messages.annotate(day=day_of).values_list("day", "state").annotate(n=Count("id")):
        if day in days:
            days[day].states[state] = count
    replies = SmsReply.objects.filter(received_at__gte=since).order_by()
    day_of = TruncDate("received_at", tzinfo=clock.BUREAU_ZONE)
    for day, answer, count in replies.annotate(day=day_of).values_list("day", "answer").annotate(n=Count("id")):
        if day in days:
            days[day].answers[answer] = count
    codes = messages.exclude(why="").values_list("state", "why").annotate(n=Count("id")).order_by("-n", "why")
    troubles = [Trouble(str(SmsState(state).label), why_text(why), count) for state, why, count in codes[:CODES]]
    return list(days.values()), troubles


def messages_page(officer: Officer, *, state: str = "", before: int | None = None) -> tuple[list[Line], int | None]:
    """Fifty messages older than the id ``before``, newest first, and the id to go on from."""
    _allow(officer)
    messages = SmsMessage.objects.select_related("text", "officer").order_by("-id")
    if state:
        messages = messages.filter(state=state)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    found = list(messages[: PAGE + 1])
    return [_line(message) for message in found[:PAGE]], found[PAGE - 1].pk if len(found) > PAGE else None


def _line(message: SmsMessage) -> Line:
    return Line(
        id=message.pk,
        reference=reference_of(message.feedback_id) if message.feedback_id else str(message.officer),
        feedback_id=message.feedback_id,
        purpose=message.text.purpose,
        body=body_shown(message),
        parts=message.parts,
        state=message.state,
        state_label=str(SmsState(message.state).label),
        why=why_text(message.why),
        created_at=message.created_at,
        due_at=message.due_at,
        sent_at=message.sent_at,
        settled_at=message.settled_at,
    )


def _strays() -> QuerySet[SmsReply]:
    # A refusal has been obeyed: there is nothing to look at.
    return SmsReply.objects.filter(message__isnull=True, seen_at__isnull=True).exclude(answer=ReplyAnswer.REFUSAL)


def strays_for(officer: Officer) -> list[Stray]:
    """The newest replies that a person still has to look at."""
    _allow(officer)
    return [
        Stray(reply.pk, redact(reply.text).text, str(ReplyAnswer(reply.answer).label), reply.replied_at)
        for reply in _strays().order_by("-id")[:STRAYS]
    ]


def stray_for(officer: Officer, reply_id: int) -> SmsReply:
    """One of them, seen by somebody already or not; raises ``Http404`` for any other."""
    _allow(officer)
    found = SmsReply.objects.filter(message__isnull=True, pk=reply_id).first()
    if found is None:
        raise Http404
    return found


def texts_for(officer: Officer) -> list[Preview]:
    """Every text with its length; a variable counts with the letters of its name."""
    _allow(officer)
    return [text_preview(text) for text in SmsText.objects.all()]


def text_preview(text: SmsText) -> Preview:
    words = full_text(text.signature, text.body)
    return Preview(text.code, text.purpose, words, len(words), parts(words), text.is_active)
