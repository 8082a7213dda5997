"""What the office's pages of following up show, each with its permission check."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.redaction import redact
from followup.sms.models import ReplyAnswer, SmsReply
from followup.surveys.hearing import may_hear
from followup.surveys.models import OPEN, FollowUp, FollowUpState, Satisfaction, Way
from followup.surveys.selectors import ABOUT, follow_ups_by_id, matters_to_close, replies_about_followups
from measures.models import Rectification
from opinion_portal import clock

PAGE = 50
COUNTED_DAYS = 30
PILES = ("close", "unclear", "waiting", "answered", "all")


@dataclass(frozen=True)
class Unclear:
    """An SMS that nobody could read for certain, and the follow-up that it belongs to."""

    reply: SmsReply
    words: str
    follow_up: FollowUp


@dataclass(frozen=True)
class ToClose:
    """A matter that waits for somebody's reason; ``is_mine``: the officer at the screen may give it."""

    matter: Rectification
    follow_ups: list[FollowUp]
    is_mine: bool


@dataclass(frozen=True)
class Tally:
    """How many were asked in one way within thirty days, and how many of them answered what."""

    way: str
    label: str
    asked: int
    answered: int
    dissatisfied: int


@dataclass(frozen=True)
class Page:
    """One page of the list, and the key to go on from."""

    follow_ups: list[FollowUp]
    next_key: int | None


def _allow(officer: Officer) -> None:
    if not may(officer, Action.FOLLOWUP_VIEW):
        raise Http404


def follow_ups_page(officer: Officer, pile: str, *, before: int | None = None) -> Page:
    """Fifty follow-ups of a pile, newest first; those that wait, the next to end first."""
    _allow(officer)
    found = FollowUp.objects.select_related("rectification__item", "rectification__lead_unit", "feedback")
    if pile == "waiting":
        return Page(list(found.filter(state__in=OPEN).order_by("expires_at", "id")[:PAGE]), None)
    if pile == "answered":
        found = found.filter(state=FollowUpState.ANSWERED)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found.order_by("-id")[: PAGE + 1])
    return Page(rows[:PAGE], rows[PAGE - 1].pk if len(rows) > PAGE else None)


def to_close_for(officer: Officer) -> list[ToClose]:
    """The matters of which nobody could be heard, longest waiting first."""
    _allow(officer)
    rounds = Prefetch("follow_ups", FollowUp.objects.select_related("feedback"))
    matters = matters_to_close().select_related("item", "lead_unit").prefetch_related(rounds, "support_units")
    return [
        ToClose(
            matter,
            [one for one in matter.follow_ups.all() if one.round == matter.reopen_count],
            may_hear(officer, matter),
        )
        for matter in matters.order_by("reviewed_at", "id")[:PAGE]
    ]


def unclear_for(officer: Officer, *, in_full: bool) -> list[Unclear]:
    """The SMS that a person has to read: no clear one came after them."""
    _allow(officer)
    replies = list(_unclear().order_by("replied_at", "id")[:PAGE])
    follow_ups = follow_ups_by_id(reply.message.about_id for reply in replies if reply.message)
    return [
        Unclear(reply, words_of(reply, in_full=in_full), follow_ups[reply.message.about_id])
        for reply in replies
        if reply.message and reply.message.about_id in follow_ups
    ]


def words_of(reply: SmsReply, *, in_full: bool) -> str:
    """What the SMS says, redacted for whoever does not read in full."""
    return reply.text if in_full else redact(reply.text).text


def _unclear() -> QuerySet[SmsReply]:
    return replies_about_followups().filter(answer=ReplyAnswer.UNCLEAR, stands=True, seen_at__isnull=True)


def pile_counts(officer: Officer) -> dict[str, int]:
    """How many wait in the piles that ask for somebody."""
    _allow(officer)
    return {
        "close": matters_to_close().count(),
        "unclear": _unclear().count(),
        "waiting": FollowUp.objects.filter(state__in=OPEN).count(),
    }


def tallies_for(officer: Officer) -> list[Tally]:
    """Counts of thirty days, by the way of asking. Rates and their intervals stand on the dashboard."""
    _allow(officer)
    since = clock.now() - timedelta(days=COUNTED_DAYS)
    counted = FollowUp.objects.filter(created_at__gte=since).exclude(state=FollowUpState.CANCELLED).order_by()
    asked = Q(way=Way.RECEIPT) | Q(asked_at__isnull=False) | Q(answered_at__isnull=False)
    negative = Q(answer=Satisfaction.DISSATISFIED) | Q(is_solved=False)
    rows = counted.values("way").annotate(
        asked=Count("id", filter=asked),
        answered=Count("id", filter=Q(state=FollowUpState.ANSWERED)),
        negative=Count("id", filter=negative),
    )
    found = {row["way"]: row for row in rows}
    return [
        Tally(way.value, str(way.label), row["asked"], row["answered"], row["negative"])
        for way in Way
        if (row := found.get(way.value))
    ]


def follow_up_for(officer: Officer, follow_up_id: int) -> FollowUp:
    """One follow-up with all that belongs to it; raises ``Http404`` for whoever may not see it."""
    _allow(officer)
    related = (
        "rectification__item__category", "rectification__lead_unit", "feedback", "message__text", "recorded_by",
        "asked_with__feedback",
    )  # fmt: skip
    found = FollowUp.objects.select_related(*related).filter(pk=follow_up_id).first()
    if found is None:
        raise Http404
    return found


def reply_of(follow_up: FollowUp, reply_id: int | None) -> SmsReply | None:
    """The SMS of this number that answers this follow-up's question and is not taken into account yet."""
    if reply_id is None:
        return None
    return replies_about_followups().filter(pk=reply_id, message__about_id=follow_up.pk).first()


def unclear_of(follow_up: FollowUp) -> list[SmsReply]:
    """What the resident wrote about this follow-up that a person has to read."""
    return list(_unclear().filter(message__about_type=ABOUT, message__about_id=follow_up.pk))
