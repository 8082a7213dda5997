"""The lines of the list of matters: plain values made once, in one statement that also answers how many match."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from feedback.queue.rows import CappedCount
from measures.matters.clocks import Clock, Urgency, clock_of
from measures.models import (
    Escalation,
    MatterRequest,
    MatterState,
    Rectification,
    RectificationVoice,
    matter_reference,
)
from measures.working_days import WorkingCalendar

GROUPS: dict[Urgency, Promise] = {
    Urgency.LATE: _("Overdue"),
    Urgency.NOW: _("Due today or on the next working day"),
    Urgency.WEEK: _("Due this week"),
    Urgency.LATER: _("Later"),
}


@dataclass(frozen=True)
class Row:
    """One matter, ready to be shown. ``asked`` names what its unit asks and waits for; ``group`` is its urgency."""

    id: int
    reference: str
    title: str
    item: str
    item_name: str
    lead: str
    measure: str
    state: str
    state_label: str
    clock: Clock
    escalation: str
    asked: list[str]
    voices: int
    reopened: int
    due_at: datetime
    matching: int

    @property
    def group(self) -> str:
        return str(GROUPS.get(self.clock.urgency, ""))


def rows_of(
    found: QuerySet[Rectification], *, now: datetime, calendar: WorkingCalendar, matching: CappedCount
) -> list[Row]:
    """The lines of ``found``, in its order."""
    suffix = "_en" if (get_language() or "").startswith("en") else ""
    values = found.values(
        *("id", "title", "item_id", "state", "due_at", "submitted_at", "escalation", "reopen_count"),
        item_name=F(f"item__name{suffix}"),
        lead=F(f"lead_unit__name{suffix}"),
        measure_number=F("measure__number"),
        measure_title=F(f"measure__title{suffix}"),
        asked=ArraySubquery(_open_requests()),
        voice_count=Coalesce(Subquery(_voice_count(), output_field=IntegerField()), 0),
        matching=matching,
    )
    labels = _Labels()
    return [_row(row, labels, now, calendar) for row in values]


def _open_requests() -> QuerySet[MatterRequest, str]:
    waiting = MatterRequest.objects.filter(rectification=OuterRef("pk"), state=MatterRequest.State.OPEN)
    return waiting.order_by("id").values_list("kind", flat=True)


def _voice_count() -> QuerySet[RectificationVoice, Any]:
    linked = RectificationVoice.objects.filter(rectification=OuterRef("pk")).order_by()
    return linked.values("rectification").annotate(n=Count("pk")).values("n")


class _Labels:
    """The names of states and kinds in the language of this request, looked up once for a page."""

    def __init__(self) -> None:
        self.states = {str(value): str(label) for value, label in MatterState.choices}
        self.escalations = {str(value): str(label) for value, label in Escalation.choices} | {Escalation.NONE: ""}
        self.kinds = {str(value): str(label) for value, label in MatterRequest.Kind.choices}


def _row(found: Mapping[str, Any], labels: _Labels, now: datetime, calendar: WorkingCalendar) -> Row:
    number, title = found["measure_number"], found["measure_title"]
    return Row(
        id=found["id"],
        reference=matter_reference(found["id"]),
        title=found["title"],
        item=found["item_id"],
        item_name=found["item_name"],
        lead=found["lead"],
        measure=f"{number} {title}" if number else "",
        state=found["state"],
        state_label=labels.states[found["state"]],
        clock=clock_of(found["state"], found["due_at"], found["submitted_at"], now=now, calendar=calendar),
        escalation=labels.escalations[found["escalation"]],
        asked=[labels.kinds[kind] for kind in found["asked"]],
        voices=found["voice_count"],
        reopened=found["reopen_count"],
        due_at=found["due_at"],
        matching=found["matching"],
    )


def grouped(rows: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """The rows under the headings of their urgency, in the order in which they come."""
    group: list[Row] = []
    for row in rows:
        if group and group[0].group != row.group:
            yield group[0].group, group
            group = []
        group.append(row)
    if group:
        yield group[0].group, group
