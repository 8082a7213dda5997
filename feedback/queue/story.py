"""A voice's history as people read it: what came in, what was thought of it, who decided what, when."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import AuditEvent
from feedback.models import Classification, Feedback, Kind, State, reference_of
from feedback.queue.replies import reason_told

_ACTS = {
    "feedback.submit": gettext_lazy("came in"),
    "feedback.remark": gettext_lazy("the resident added a remark"),
    "feedback.withdraw": gettext_lazy("the resident withdrew it"),
    "feedback.duplicate_free": gettext_lazy("its original was withdrawn; it waits for the centre again"),
    "contact.erase": gettext_lazy("the resident had the contact data erased"),
    "contact.ask": gettext_lazy("asked to have the contact opened"),
    "contact.approve": gettext_lazy("approved that the contact is opened"),
    "contact.refuse": gettext_lazy("refused to have the contact opened"),
    "contact.withdraw": gettext_lazy("took back the request to open the contact"),
    "contact.expire": gettext_lazy("the request to open the contact expired"),
    "contact.open": gettext_lazy("was shown the phone number"),
    "contact.use": gettext_lazy("the system used the phone number to send a message"),
    "feedback.alert_seen": gettext_lazy("acknowledged the alert"),
}


@dataclass(frozen=True)
class Line:
    """One line of the story. ``who`` is an officer's name, or empty for the resident and the portal itself."""

    at: datetime
    who: str
    what: str
    detail: str = ""
    reply: str = ""


@dataclass(frozen=True)
class Reader:
    """Who has read it, how often, and when last."""

    name: str
    times: int
    last_at: datetime


def story_of(feedback: Feedback) -> list[Line]:
    """All acts on one voice in their order; the reading of it is told by ``readers_of``."""
    acts = _events(feedback).filter(action__in=_ACTS).select_related("actor")
    told = feedback.classifications.select_related("officer", "item", "about_unit").order_by("id")
    lines = [_act(event) for event in acts] + [_decision(made) for made in told]
    return sorted(lines, key=lambda line: line.at)


def readers_of(feedback: Feedback) -> list[Reader]:
    """The officers who opened the page of this voice or its photos."""
    reads = _events(feedback).filter(action__in=("feedback.view", "feedback.photo_view"), actor__isnull=False)
    grouped = reads.values("actor__name").annotate(times=Count("pk"), last_at=Max("at")).order_by("-last_at")
    return [Reader(row["actor__name"], row["times"], row["last_at"]) for row in grouped]


def _events(feedback: Feedback) -> QuerySet[AuditEvent]:
    return AuditEvent.objects.filter(object_type="feedback", object_id=str(feedback.pk))


def _act(event: AuditEvent) -> Line:
    return Line(event.at, event.actor.name if event.actor else "", str(_ACTS[event.action]))


def _decision(made: Classification) -> Line:
    item = f"{made.item_id} {made.item}" if made.item_id else ""
    if made.officer is None:
        sure = f"{made.confidence:.0%}" if made.confidence is not None else ""
        return Line(made.created_at, "", _("the classifier suggested"), " · ".join(filter(None, [item, sure])))
    return Line(
        made.created_at, made.officer.name, str(State(made.state).label), _detail(made, item), made.public_reply
    )


def _detail(made: Classification, item: str) -> str:
    parts = [item, str(Kind(made.kind).label) if made.kind else ""]
    if made.about_unit is not None:
        parts.append(_("about %(unit)s") % {"unit": made.about_unit})
    if made.duplicate_of_id is not None:
        parts.append(_("of %(reference)s") % {"reference": reference_of(made.duplicate_of_id)})
    if made.reason:
        parts.append(reason_told(made.state, made.reason))
    return " · ".join(filter(None, parts))
