"""The audit log as the audit administrator reads it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from accounts.models import AuditEvent, AuditLink, Officer
from accounts.permissions import Action, may
from opinion_portal.clock import day_start

PAGE = 50


@dataclass(frozen=True)
class AuditFilter:
    """What is asked for; an empty field asks nothing. Days are bureau days, both included."""

    action: str = ""
    actor: str = ""
    object_type: str = ""
    object_id: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Page:
    """Up to fifty events, newest first; ``newer`` and ``older`` are the ids to go on from, ``None`` at an end."""

    events: list[AuditEvent]
    newer: int | None
    older: int | None


@dataclass(frozen=True)
class ChainState:
    """How far the log is sealed."""

    sealed: int
    sealed_at: datetime | None
    digest: str


def audit_events(officer: Officer, wanted: AuditFilter) -> QuerySet[AuditEvent]:
    """The events that match, newest first; none for who may not read the log."""
    if not may(officer, Action.AUDIT_VIEW):
        return AuditEvent.objects.none()
    events = AuditEvent.objects.select_related("actor").order_by("-id")
    names = {"action": wanted.action, "actor_label": wanted.actor, "object_type": wanted.object_type}
    names["object_id"] = wanted.object_id
    events = events.filter(**{name: value for name, value in names.items() if value})
    if wanted.since:
        events = events.filter(at__gte=day_start(wanted.since))
    if wanted.until:
        events = events.filter(at__lt=day_start(wanted.until + timedelta(days=1)))
    return events


def audit_page(events: QuerySet[AuditEvent], *, before: int | None = None, after: int | None = None) -> Page:
    """The page of ``events`` older than the id ``before``, or newer than ``after``, or the newest."""
    if after is not None:
        found = list(events.filter(id__gt=after).order_by("id")[: PAGE + 1])
        has_newer, has_older = len(found) > PAGE, True
        rows = found[:PAGE][::-1]
    else:
        found = list((events.filter(id__lt=before) if before is not None else events)[: PAGE + 1])
        has_newer, has_older = before is not None, len(found) > PAGE
        rows = found[:PAGE]
    if not rows:
        return Page([], None, None)
    return Page(rows, rows[0].id if has_newer else None, rows[-1].id if has_older else None)


def chain_state(officer: Officer) -> ChainState:
    """How far the log is sealed, for who may read it."""
    last = AuditLink.objects.order_by("-position").first() if may(officer, Action.AUDIT_VIEW) else None
    if last is None:
        return ChainState(0, None, "")
    return ChainState(last.position, last.sealed_at, bytes(last.digest).hex())
