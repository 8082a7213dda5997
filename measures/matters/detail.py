"""What the page of one matter shows, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django import forms

from accounts.models import Officer
from accounts.permissions import Action, Scope, may, scope_of
from accounts.selectors import unit_list
from feedback.models import Feedback, Kind
from feedback.selectors import reads_in_full
from measures.matters.choices import with_units_above
from measures.matters.clocks import clock_of
from measures.matters.move_forms import EvidenceForm
from measures.matters.moving import PANELS, Panel
from measures.matters.selectors import evidence_of, requests_of
from measures.matters.story import steps_of, story_of
from measures.models import Escalation, MatterRequest, Rectification
from measures.selectors import deadline_amount, moves_for, voices_of, working_calendar
from measures.working_days import WorkingCalendar
from opinion_portal.clock import BUREAU_ZONE

EVIDENCE = "evidence"
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Attempt:
    """A form that came back: of which move, with what was typed and what is wrong with it."""

    name: str
    form: forms.Form

    def typed(self) -> list[tuple[str, str]]:
        """What was typed, by its labels: shown when the move itself is gone."""
        bound = [self.form[name] for name, one in self.form.fields.items() if not one.widget.is_hidden]
        return [(str(one.label), str(one.data)) for one in bound if isinstance(one.data, str) and one.data]


@dataclass(frozen=True)
class Act:
    """One move that the officer may make now, with its form."""

    name: str
    panel: Panel
    form: forms.Form
    is_open: bool


@dataclass(frozen=True)
class Asked:
    """One request: what was asked, and the decisions that the officer may take on it."""

    request: MatterRequest
    new_last_day: date | None
    decisions: list[Act] = field(default_factory=list)

    @property
    def form(self) -> forms.Form | None:
        """The one form that all its decisions share: what was typed into it, or an empty one."""
        shown = [act.form for act in self.decisions]
        return next((form for form in shown if form.is_bound), shown[0] if shown else None)


def detail_page(officer: Officer, matter: Rectification, now: datetime, attempt: Attempt | None) -> dict[str, Any]:
    """The template's context."""
    calendar = working_calendar()
    names = [
        move.name for move in moves_for(officer, matter) if not _would_be_refused(move.name, matter, now, calendar)
    ]
    asked, evidence = requests_of(matter), evidence_of(matter)
    context: dict[str, Any] = {
        "matter": matter,
        "steps": steps_of(matter),
        "clock": clock_of(matter.state, matter.due_at, matter.submitted_at, now=now, calendar=calendar),
        "support_units": list(matter.support_units.all()),
        "escalation": Escalation(matter.escalation).label if matter.escalation != Escalation.NONE else "",
        "evidence": evidence,
        "story": story_of(matter, in_full=reads_in_full(officer)),
        "acts": _acts(names, matter, attempt, asks_evidence=not evidence.counting),
        "asked": [_asked(one, names, matter, attempt, now, calendar) for one in asked],
        "can_redispatch": "redispatch" in names,
        "evidence_form": _evidence_form(names, attempt),
        "lost": attempt if attempt is not None and _needed(attempt.name) not in names else None,
        "attempt": attempt,
    }
    if scope_of(officer, Action.FEEDBACK_VIEW) is Scope.ALL:
        context |= _for_full_readers(matter)
    # A unit is not told by a notice either that somebody complained about it.
    context["can_draft_notice"] = may(officer, Action.NOTICE_DRAFT) and not context.get("accused")
    return context


def _would_be_refused(name: str, matter: Rectification, now: datetime, calendar: WorkingCalendar) -> bool:
    """What the table of moves allows and the service would not: it is not offered."""
    if name == "ask_appeal":
        return not matter.dissatisfied_count
    if name == "ask_return":
        return now >= calendar.due_at(matter.dispatched_at, deadline_amount("return"), BUREAU_ZONE)
    return False


def _needed(name: str) -> str:
    """The move that must be open for this form to be on the page."""
    return "evidence_add" if name == EVIDENCE else name


def _for_full_readers(matter: Rectification) -> dict[str, Any]:
    voices = list(voices_of(matter).select_related("about_unit", "point__station").defer("content", "redacted"))
    return {"reads_voices": True, "voices": voices, "accused": _accused(matter, voices)}


def _accused(matter: Rectification, voices: list[Feedback]) -> list[Feedback]:
    """The voices that turned out to be about a unit which handles the matter, and can no longer read it."""
    about = {voice.pk: voice for voice in voices if voice.about_unit_id and voice.kind != Kind.PRAISE}
    if not about:
        return []
    units = list(unit_list())
    handlers = {matter.lead_unit_id, *(unit.pk for unit in matter.support_units.all())}
    return [
        voice
        for voice in about.values()
        if voice.about_unit_id and with_units_above([voice.about_unit_id], units) & handlers
    ]


def _acts(names: list[str], matter: Rectification, attempt: Attempt | None, *, asks_evidence: bool) -> list[Act]:
    wanted = [name for name in PANELS if name in names and not PANELS[name].is_decision]
    # What comes next stands open; of what came back with an error, that.
    first = next((name for name in wanted if not PANELS[name].is_grave), "")
    opened = attempt.name if attempt is not None else first
    acts = [_act(name, matter, attempt, is_open=name == opened) for name in wanted]
    for act in acts:
        if act.name == "submit":
            # Said on the page only: when the answer comes, the service looks at what counts by then.
            act.form.fields["evidence"].required = asks_evidence
    return acts


def _act(name: str, matter: Rectification, attempt: Attempt | None, *, is_open: bool, initial: Any = None) -> Act:
    if attempt is not None and attempt.name == name:
        return Act(name, PANELS[name], attempt.form, is_open=is_open)
    return Act(name, PANELS[name], form_of(name, matter, initial=initial), is_open=is_open)


def form_of(
    name: str, matter: Rectification, data: Any = None, files: Any = None, initial: Mapping[str, Any] | None = None
) -> forms.Form:
    """The form of a move: empty, or with what was sent."""
    panel = PANELS[name]
    start = {"answered": answered_key(matter), "public_reply": matter.public_reply, **(initial or {})}
    options: dict[str, Any] = {"initial": start, "auto_id": f"{name}_%s"}
    if panel.note_label:
        options["note_label"] = panel.note_label
    if panel.asks_of_matter:
        options["matter"] = matter
    return panel.form(data, files, **options)


def answered_key(matter: Rectification) -> str:
    """Which answer of the unit is meant: the moment it was given."""
    return matter.submitted_at.isoformat() if matter.submitted_at else ""


def _asked(
    request: MatterRequest,
    names: list[str],
    matter: Rectification,
    attempt: Attempt | None,
    now: datetime,
    calendar: WorkingCalendar,
) -> Asked:
    if request.state != MatterRequest.State.OPEN:
        return Asked(request, None)
    start = {"request": request.pk}
    decisions = [
        _act(name, matter, attempt, is_open=True, initial=start)
        for name in (f"grant_{request.kind}", f"refuse_{request.kind}")
        if name in names
    ]
    return Asked(request, _granted_until(request, matter, now, calendar), decisions)


def _granted_until(
    request: MatterRequest, matter: Rectification, now: datetime, calendar: WorkingCalendar
) -> date | None:
    """The last day if the extension is granted now."""
    if request.kind != MatterRequest.Kind.EXTENSION or not request.days:
        return None
    start = max(matter.due_at, now) - _A_MOMENT
    return calendar.due_day(start, request.days, BUREAU_ZONE)


def _evidence_form(names: list[str], attempt: Attempt | None) -> forms.Form | None:
    if "evidence_add" not in names:
        return None
    if attempt is not None and attempt.name == EVIDENCE:
        return attempt.form
    return EvidenceForm(auto_id=f"{EVIDENCE}_%s")
