"""Candidates for "you already told us": earlier or later voices that may be about the same thing. Cheap by design:
it looks at few rows, found by indexes, and compares words in memory."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, QuerySet, TextField
from django.db.models.functions import Left

from feedback.models import Feedback, SealedContact, State
from feedback.queue.rows import SNIPPET
from feedback.queue.selectors import lexeme, search_has

WINDOW = timedelta(days=30)
AT_POINT = 200
WITH_WORDS = 300
SHOWN = 5
# Two short complaints about one thing share a third of their words; below that the list would be noise.
LEAST_LIKENESS = 0.3
SAME_POINT_BONUS = 0.15
_TELLING_WORDS = 8


@dataclass(frozen=True)
class Similar:
    """A candidate: how alike (0 to 1, share of common words), whether from the same point or the same sender."""

    feedback: Feedback
    likeness: float
    same_point: bool
    same_sender: bool

    @property
    def percent(self) -> int:
        return round(self.likeness * 100)


def likeness(one: Collection[str], other: Collection[str]) -> float:
    """The share of common words, 0 to 1 (Jaccard); single characters say too little and do not count."""
    words, others = ({word for word in tokens if len(word) > 1} for tokens in (one, other))
    union = words | others
    return len(words & others) / len(union) if union else 0.0


def similar_to(feedback: Feedback) -> list[Similar]:
    """Up to five voices within thirty days either way, the likeliest first; one sender's come before all."""
    tokens = _tokens_of(feedback)
    senders = set(_same_sender(feedback))
    candidates = _candidates(feedback, tokens, senders)
    scored = [_scored(feedback, tokens, candidate, senders) for candidate in candidates]
    likely = [found for found in scored if found.same_sender or found.likeness >= LEAST_LIKENESS]
    return sorted(likely, key=lambda found: (not found.same_sender, -found.likeness, -found.feedback.pk))[:SHOWN]


def _tokens_of(feedback: Feedback) -> list[str]:
    array = Func(F("search"), function="tsvector_to_array", output_field=ArrayField(TextField()))
    tokens = Feedback.objects.filter(pk=feedback.pk).values_list(array, flat=True).first()
    return tokens or []


def _same_sender(feedback: Feedback) -> QuerySet[SealedContact, int]:
    """Voices with the same sealed number, told by its keyed hash: nothing is opened."""
    number = SealedContact.objects.filter(feedback=feedback, lookup__isnull=False).values("lookup")
    return SealedContact.objects.filter(lookup__in=number).values_list("feedback_id", flat=True)[:AT_POINT]


def _candidates(feedback: Feedback, tokens: list[str], senders: set[int]) -> list[Feedback]:
    near = Feedback.objects.filter(
        received_at__range=(feedback.received_at - WINDOW, feedback.received_at + WINDOW)
    ).exclude(pk=feedback.pk)
    near = near.exclude(state__in=(State.WITHDRAWN, State.RATED))
    ids = set(senders)
    if feedback.point_id is not None:
        ids.update(near.filter(point=feedback.point_id).order_by("-id").values_list("pk", flat=True)[:AT_POINT])
    if words := sorted((token for token in tokens if len(token) > 1), key=len, reverse=True)[:_TELLING_WORDS]:
        either = search_has(" | ".join(map(lexeme, words)))
        ids.update(near.filter(either).order_by("-id").values_list("pk", flat=True)[:WITH_WORDS])
    found = near.filter(Q(pk__in=ids)).select_related("point", "item").defer("content", "redacted", "search")
    array = Func(F("search"), function="tsvector_to_array", output_field=ArrayField(TextField()))
    return list(found.annotate(tokens=array, beginning=Left("content", SNIPPET)))


def _scored(feedback: Feedback, tokens: list[str], candidate: Feedback, senders: set[int]) -> Similar:
    same_point = feedback.point_id is not None and candidate.point_id == feedback.point_id
    alike = likeness(tokens, getattr(candidate, "tokens", None) or [])
    if same_point and alike:
        alike = min(1.0, alike + SAME_POINT_BONUS)
    return Similar(candidate, alike, same_point, candidate.pk in senders)
