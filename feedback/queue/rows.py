"""The lines of the list: plain values made once, because a page draws fifty of them sixty milliseconds long."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Left

from feedback.models import Attachment, Channel, CodeState, Feedback, Kind, State, reference_of
from feedback.queue.choices import Reference
from feedback.queue.rules import POLICE, is_plainly_about_no_unit, is_praised, kind_offered
from opinion_portal.clock import BUREAU_ZONE

SNIPPET = 160
_ODD_CODES = (CodeState.REVOKED, CodeState.UNKNOWN)


@dataclass(frozen=True)
class Row:
    """One line, ready to be shown. ``text`` is redacted unless the reader reads in full.

    ``urgent`` are the emergency words as received, so they are there for who reads in full alone. ``item`` and
    ``kind`` are decided, or else suggested (``is_item_suggested``, ``is_kind_suggested``); ``percent``
    is how sure the classifier is. ``can_be_accepted``: the suggestion may be accepted in bulk (the service checks
    again). ``matching`` is how many lines match in all, where that was asked.
    """

    id: int
    number: str
    reference: str
    text: str
    is_cut: bool
    state: str
    state_label: str
    channel_label: str
    kind_label: str
    is_kind_suggested: bool
    item: str
    item_name: str
    is_item_suggested: bool
    percent: str
    point: str
    station: str
    odd_code: str
    rating: str
    is_urgent: bool
    urgent: str
    urgent_count: str
    is_unseen_alert: bool
    has_photo: bool
    received: str
    received_iso: str
    chosen: str
    can_be_accepted: bool
    matching: int


class _Labels:
    """The names of states, channels, kinds and codes in the language of this request."""

    def __init__(self) -> None:
        self.states = {str(value): str(label) for value, label in State.choices}
        self.channels = {str(value): str(label) for value, label in Channel.choices}
        self.kinds = {"": "", **{str(value): str(label) for value, label in Kind.choices}}
        self.codes = {str(value): str(value.label) for value in _ODD_CODES}


class CappedCount(Subquery):
    """How many rows a query has, looking at no more than its limit: an answer that costs no statement of its own."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS capped)"
    output_field = IntegerField()


def rows_of(
    found: QuerySet[Feedback],
    reference: Reference,
    *,
    in_full: bool,
    matching: CappedCount | None = None,
) -> list[Row]:
    """The lines of ``found``, in its order; one statement, which also answers ``matching``."""
    values = found.values(
        *("id", "channel", "kind", "state", "point_id", "service_rating", "urgent_words", "urgent_seen_at"),
        *("code_state", "received_at", "item_id", "suggestion_id"),
        suggested_item=F("suggestion__item_id"),
        suggested_kind=F("suggestion__kind"),
        suggested_state=F("suggestion__state"),
        confidence=F("suggestion__confidence"),
        text=Left("content" if in_full else "redacted", SNIPPET),
        is_of_police=ExpressionWrapper(Q(content__iregex=POLICE), output_field=BooleanField()),
        has_photo=Exists(Attachment.objects.filter(feedback=OuterRef("pk"))),
        matching=matching or Value(0),
    )
    labels = _Labels()
    names = {code: str(item) for code, item in reference.items.items()}
    points = {pk: (str(point), str(point.station)) for pk, point in reference.points.items()}
    return [_row(row, labels, names, points, in_full=in_full) for row in values]


def _row(
    found: dict[str, Any],
    labels: _Labels,
    names: dict[str, str],
    points: dict[int, tuple[str, str]],
    *,
    in_full: bool,
) -> Row:
    item = found["item_id"] or found["suggested_item"] or ""
    is_of_police = found["is_of_police"]
    kind = kind_offered(found["kind"], found["suggested_kind"] or "", is_of_police=is_of_police)
    point, station = points.get(found["point_id"], ("", ""))
    received: datetime = found["received_at"].astimezone(BUREAU_ZONE)
    return Row(
        id=found["id"],
        number=str(found["id"]),
        reference=reference_of(found["id"]),
        text=found["text"],
        is_cut=len(found["text"]) >= SNIPPET,
        state=found["state"],
        state_label=labels.states[found["state"]],
        channel_label=labels.channels[found["channel"]],
        kind_label=labels.kinds[kind],
        is_kind_suggested=not found["kind"],
        item=item,
        item_name=names.get(item, ""),
        is_item_suggested=not found["item_id"],
        percent="" if found["confidence"] is None else f"{found['confidence']:.0%}",
        point=point,
        station=station,
        odd_code=labels.codes.get(found["code_state"], ""),
        rating=str(found["service_rating"] or ""),
        is_urgent=bool(found["urgent_words"]),
        urgent="、".join(found["urgent_words"]) if in_full else "",
        urgent_count=str(len(found["urgent_words"])),
        is_unseen_alert=bool(found["urgent_words"]) and found["urgent_seen_at"] is None,
        has_photo=found["has_photo"],
        matching=found["matching"],
        received=received.strftime("%m-%d %H:%M"),
        received_iso=received.isoformat(timespec="minutes"),
        chosen=f"{found['id']}:{found['suggestion_id']}",
        can_be_accepted=found["state"] == State.RECEIVED
        and found["suggested_state"] == State.CONFIRMED
        and not found["urgent_words"]
        and is_plainly_about_no_unit(
            item,
            kind,
            is_of_police=is_of_police,
            is_praised=is_praised(found["kind"], found["service_rating"]),
        ),
    )
