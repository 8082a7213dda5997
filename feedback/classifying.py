"""Stores what the classifier thinks of pending feedback: the meeting point of the pure classifier and the tables."""

from functools import cache

import structlog
from django.conf import settings
from django.db import DataError, OperationalError, connection, transaction

from accounts.services import SYSTEM, audit_record
from feedback.classifier import Classifier, Suggestion, classifier_load
from feedback.models import Classification, Feedback, State
from feedback.redaction import redact
from feedback.segmentation import search_tokens
from opinion_portal import clock

log = structlog.get_logger("feedback.classifying")
# PostgreSQL counts an index word that is too long among the operational errors. A lost connection is one too: then
# storing row by row fails as well, and the claimed rows go back to the others.
_REFUSALS = (DataError, OperationalError)

# What the suggestion amounts to where it is not "confirm under this item"; a text that says nothing has no item.
_SUGGESTED = {"OUT": State.OUT_OF_SCOPE, None: State.RECEIVED}


@cache
def _classifier() -> Classifier:
    return classifier_load(settings.DATA_DIR / "models")


@transaction.atomic
def suggestions_make(*, limit: int) -> int:
    """Classify up to ``limit`` pending feedbacks, oldest first; returns how many.

    Rows are claimed with SKIP LOCKED, so several workers share the work; a worker that dies gives its rows back
    with its transaction, and none is classified twice.
    """
    pending = list(
        Feedback.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(suggestion__isnull=True, state=State.RECEIVED)
        .order_by("id")[:limit]
    )
    if not pending:
        return 0
    texts = [feedback.content for feedback in pending]
    pairs = list(zip(pending, _classifier().suggest_many(texts), strict=True))
    try:
        _store(pairs)
    except _REFUSALS:
        # One row that the database refuses must not keep the others from their suggestions, now and for ever.
        for pair in pairs:
            _store_alone(*pair)
    audit_record(
        action="feedback.suggest",
        actor=SYSTEM,
        object_type="feedback",
        data={"count": len(pending), "first": pending[0].pk, "last": pending[-1].pk},
    )
    return len(pending)


@transaction.atomic
def _store(pairs: list[tuple[Feedback, Suggestion]], *, searchable: bool = True) -> None:
    made = Classification.objects.bulk_create(_classification(*pair) for pair in pairs)
    _point_to([feedback for feedback, _suggestion in pairs], made, searchable)


def _store_alone(feedback: Feedback, suggestion: Suggestion) -> None:
    try:
        _store([(feedback, suggestion)])
    except _REFUSALS:
        log.warning("feedback.not_searchable", feedback=feedback.pk)
        _store([(feedback, suggestion)], searchable=False)


def _classification(feedback: Feedback, suggestion: Suggestion) -> Classification:
    return Classification(
        feedback=feedback,
        state=_SUGGESTED.get(suggestion.item, State.CONFIRMED),
        item_id=suggestion.item,
        kind=feedback.kind or suggestion.kind,
        confidence=suggestion.confidence,
        alternatives=[{"item": item, "confidence": confidence} for item, confidence in suggestion.alternatives],
        words=[{"word": word.word, "start": word.start, "weight": word.weight} for word in suggestion.words],
        model_version=_classifier().version,
    )


# One statement for a batch: the suggestion, the redacted text and its search tokens (redacted text only).
_POINT_TO = """
UPDATE feedback_feedback f
SET suggestion_id = v.suggestion, redacted = v.redacted, search = array_to_tsvector(v.tokens::text[]), changed_at = %s
FROM (SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::text[]) AS u(id, suggestion, redacted, tokens)) v
WHERE f.id = v.id AND f.suggestion_id IS NULL
"""


def _point_to(pending: list[Feedback], made: list[Classification], searchable: bool) -> None:
    redacted = [redact(feedback.content).text for feedback in pending]
    tokens = [_array_literal(search_tokens(text) if searchable else []) for text in redacted]
    with connection.cursor() as cursor:
        cursor.execute(
            _POINT_TO,
            [clock.now(), [f.pk for f in pending], [c.pk for c in made], redacted, tokens],
        )


def _array_literal(tokens: list[str]) -> str:
    """A PostgreSQL text array as text: an array of arrays must be rectangular, token lists are not."""
    quoted = ('"' + token.replace("\\", "\\\\").replace('"', '\\"') + '"' for token in tokens if token)
    return "{" + ",".join(quoted) + "}"
