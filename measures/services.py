"""Every write about matters: each is one move of ``moves.py``, made once by one officer (``transitions.py``)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, When
from django.utils.translation import gettext as _

from accounts.models import Officer, Unit
from accounts.permissions import Action, may
from accounts.selectors import unit_ids_above, unit_ids_below
from feedback.models import Feedback, Kind, State
from feedback.queue.services import Decision, DecisionRefused, feedback_classify, voices_bind
from feedback.redaction import redact
from measures.models import (
    Closing,
    Escalation,
    Evidence,
    MatterState,
    Rectification,
    RectificationVoice,
    matter_reference,
)
from measures.moves import MOVES, By, Move
from measures.requests import requests_lapse
from measures.selectors import accuses, asked_anew_at, due_at, evidence_counting, reviewers
from measures.transitions import (
    MatterRefused,
    MovedMeanwhile,
    closing_changes,
    event_add,
    move_make,
    require,
    when_text,
)
from opinion_portal import clock

__all__ = [
    "MatterRefused",
    "MovedMeanwhile",
    "Order",
    "evidence_add",
    "rectification_acknowledge",
    "rectification_close",
    "rectification_close_suspended",
    "rectification_dispatch",
    "rectification_escalate",
    "rectification_hand_over",
    "rectification_progress",
    "rectification_recall",
    "rectification_redispatch",
    "rectification_reopen",
    "rectification_resume",
    "rectification_review",
    "rectification_submit",
    "rectification_supervise",
]
# What may never reach a unit, whoever has looked at it; of the rest the centre may say that it does no harm.
_NEVER = {"phone", "id", "bank", "plate"}


@dataclass(frozen=True)
class Order:
    """What the centre dispatches: to whom, what it is about, and what the unit will read of it (``brief``)."""

    lead_unit: Unit
    item: str
    title: str
    brief: str
    measure_id: int | None = None
    support_units: Sequence[Unit] = field(default_factory=tuple)
    is_designated: bool = False
    brief_is_checked: bool = False


# Dispatch ------------------------------------------------------------------------------------------------------------
@transaction.atomic
def rectification_dispatch(*, officer: Officer, feedback_ids: Sequence[int], order: Order) -> Rectification:
    """Send one or many confirmed voices as one matter to a unit; the clock starts now, in working days.

    Raises ``MatterRefused`` when a voice is not confirmed or has its matter already, when one of them is about a unit
    that would read it, or when the brief still holds what could tell who spoke.
    """
    if not may(officer, Action.MATTER_DISPATCH):
        raise PermissionDenied
    require(MOVES["dispatch"], vars(order))
    _check_brief(order)
    voices = list(Feedback.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=feedback_ids))
    _check_voices(voices, feedback_ids)
    _check_units({voice.pk for voice in voices}, order)
    _check_reviewers(order)
    now = clock.now()
    made = Rectification.objects.create(
        measure_id=order.measure_id,
        item_id=order.item,
        title=order.title,
        brief=order.brief,
        lead_unit=order.lead_unit,
        is_designated=order.is_designated,
        first_dispatched_at=now,
        dispatched_at=now,
        due_at=due_at(now),
        created_by=officer,
        changed_at=now,
    )
    made.support_units.set(order.support_units)
    _link(made, voices)
    event_add(made.pk, MOVES["dispatch"], officer, due_at=made.due_at, data={"voices": [voice.pk for voice in voices]})
    return made


def _check_brief(order: Order) -> None:
    found = [*redact(order.title).spans, *redact(order.brief).spans]
    if any(span.kind in _NEVER for span in found):
        raise MatterRefused(
            _("The text still holds a phone number, an identity or card number or a plate. Take it out."), "brief"
        )
    if found and not order.brief_is_checked:
        raise MatterRefused(
            _("The text may still tell who spoke or where. Take it out, or confirm that it does no harm."), "brief"
        )


def _check_voices(voices: list[Feedback], wanted: Sequence[int]) -> None:
    if not wanted or len(voices) != len(set(wanted)):
        raise MatterRefused(_("Choose the messages that the matter is made of."))
    for voice in voices:
        if voice.state != State.CONFIRMED:
            raise MatterRefused(
                _("%(reference)s is not confirmed; only confirmed messages are dispatched.")
                % {"reference": voice.reference}
            )


def _check_units(voice_ids: set[int], order: Order) -> None:
    for name, units in (("lead_unit", [order.lead_unit]), ("support_units", order.support_units)):
        for unit in units:
            if unit.kind == Unit.Kind.BUREAU:
                # Nobody would be left who does not belong to it, to review or to hear the resident.
                raise MatterRefused(_("A matter goes to a station or a department, not to the whole bureau."), name)
            accused = Feedback.objects.filter(accuses(unit_ids_below(unit.pk)), pk__in=voice_ids).first()
            if accused is not None:
                raise MatterRefused(
                    _("%(reference)s is about %(unit)s, which may never read it. Choose another unit.")
                    % {"reference": accused.reference, "unit": unit},
                    name,
                )


def _check_reviewers(order: Order) -> None:
    """Who handles a matter does not review it, so somebody who may review must be left."""
    handling = {order.lead_unit.pk, *(unit.pk for unit in order.support_units)}
    if all(handling & set(unit_ids_above(one.unit)) for one in reviewers()):
        raise MatterRefused(
            _("Nobody would be left to review it: every officer who may belongs to one of these units."),
            "support_units" if order.support_units else "lead_unit",
        )


def _link(made: Rectification, voices: list[Feedback]) -> None:
    known = RectificationVoice.objects.filter(feedback__in=voices).select_related("feedback").first()
    if known is not None:
        raise MovedMeanwhile(
            _("%(reference)s is dealt with by %(matter)s already.")
            % {"reference": known.feedback.reference, "matter": matter_reference(known.rectification_id)}
        )
    # The lock on the voices makes dispatchers take turns; the unique constraint stands behind it.
    RectificationVoice.objects.bulk_create(RectificationVoice(rectification=made, feedback=voice) for voice in voices)
    voices_bind(feedback_ids=[voice.pk for voice in voices])


# Moves ---------------------------------------------------------------------------------------------------------------
@transaction.atomic
def rectification_acknowledge(*, rectification_id: int, officer: Officer) -> None:
    """The unit signs for the matter (签收). The clock has been running since dispatch."""
    move_make("acknowledge", rectification_id, officer, changes={"acknowledged_at": clock.now()})


@transaction.atomic
def rectification_progress(*, rectification_id: int, officer: Officer, note: str) -> None:
    """Write down what was done so far."""
    move_make("progress", rectification_id, officer, note=note)


@transaction.atomic
def evidence_add(*, rectification_id: int, officer: Officer, name: str, media_type: str, data: bytes) -> Evidence:
    """Attach a photo or a PDF, already checked and re-encoded by the caller, to a matter being handled."""
    move_make("evidence_add", rectification_id, officer, data={"name": name})
    return Evidence.objects.create(
        rectification_id=rectification_id,
        name=name,
        media_type=media_type,
        data=data,
        size=len(data),
        added_by=officer,
        added_at=clock.now(),
    )


@transaction.atomic
def rectification_submit(*, rectification_id: int, officer: Officer, result: str) -> None:
    """The head answers for the unit (反馈): what was done, with at least one piece of evidence of it.

    Evidence from before the matter last came back (sent back, reopened, dispatched anew) shows nothing of what was done
    since, and does not count.
    """
    evidence = evidence_counting().filter(rectification=rectification_id).count()
    _check_evidence(rectification_id, evidence)
    require(MOVES["submit"], {"result": result, "evidence": evidence})
    # Asked once more behind the lock: the matter may have been answered and sent back meanwhile.
    move_make(
        "submit",
        rectification_id,
        officer,
        note=result,
        only=Q(Exists(evidence_counting().filter(rectification=OuterRef("pk")))),
        changes={"result": result, "submitted_at": clock.now()},
        data={"evidence": evidence},
    )
    requests_lapse(rectification_id)


def _check_evidence(rectification_id: int, evidence: int) -> None:
    if evidence or not Evidence.objects.filter(rectification=rectification_id).exists():
        return
    words = _("The unit was asked anew on %(when)s: attach what shows the work since. Earlier evidence is not enough.")
    raise MatterRefused(words % {"when": when_text(asked_anew_at(rectification_id))}, "evidence")


@transaction.atomic
def rectification_review(
    *, rectification_id: int, officer: Officer, passes: bool, note: str = "", public_reply: str = "",
    is_left_out: bool = False,
) -> None:  # fmt: skip
    """The centre reviews the answer (审核): passed on to the follow-up, or sent back with the reason.

    ``is_left_out``: reasonable but impossible; the matter stays out of the rates. Nobody of the units that handle the
    matter reviews it.
    """
    changes: dict[str, Any] = {"reviewed_at": clock.now(), "reviewed_by": officer}
    if passes:
        require(MOVES["pass"], {"public_reply": public_reply})
        changes |= {"public_reply": public_reply, "is_left_out": is_left_out}
        move_make("pass", rectification_id, officer, note=note, changes=changes)
    else:
        changes["rework_count"] = F("rework_count") + 1
        move_make("rework", rectification_id, officer, note=note, changes=changes)


@transaction.atomic
def rectification_redispatch(*, rectification_id: int, officer: Officer, order: Order) -> None:
    """Send a returned matter to another unit; its clock starts anew, the day of its first dispatch stays."""
    require(MOVES["redispatch"], vars(order))
    _check_brief(order)
    voices = RectificationVoice.objects.filter(rectification=rectification_id).values_list("feedback_id", flat=True)
    _check_units(set(voices), order)
    _check_reviewers(order)
    now = clock.now()
    changes = {
        "lead_unit": order.lead_unit,
        "brief": order.brief,
        "is_designated": order.is_designated,
        "dispatched_at": now,
        "due_at": due_at(now),
        "acknowledged_at": None,
    }
    move_make("redispatch", rectification_id, officer, changes=changes, data={"unit": order.lead_unit.pk})
    Rectification.objects.get(pk=rectification_id).support_units.set(order.support_units)


@transaction.atomic
def rectification_recall(
    *, rectification_id: int, officer: Officer, about: Unit, voice_ids: Sequence[int], note: str
) -> None:
    """Take a matter back (撤回改派) from the unit that it turned out to be about, to be dispatched to another one.

    ``about`` leads or supports it, ``voice_ids`` are those of its voices that accuse it: the decisions on them say so
    from now on, and with that the unit knows nothing of the matter any more (Regulations on Petitions 30, 46). What it
    answered is no answer.
    """
    require(MOVES["recall"], {"note": note, "about": about, "voices": voice_ids})
    matter = Rectification.objects.get(pk=rectification_id)
    if not _handles(about, matter):
        raise MatterRefused(_("This unit does not handle the matter."), "about")
    changes: dict[str, Any] = {"result": "", "public_reply": "", "submitted_at": None, "acknowledged_at": None}
    # Whoever was asked about this answer is asked anew about the next one: that is another round of the follow-up.
    was_asked = When(state=MatterState.FOLLOWING_UP, then=F("reopen_count") + 1)
    changes["reopen_count"] = Case(was_asked, default=F("reopen_count"), output_field=IntegerField())
    data = {"about": about.pk, "lead_unit": matter.lead_unit_id, "voices": sorted(voice_ids)}
    move_make("recall", rectification_id, officer, note=note, changes=changes, data=data)
    voices = Feedback.objects.filter(pk__in=voice_ids, matter_link__rectification=rectification_id).order_by("id")
    if len(voices) != len(set(voice_ids)):
        raise MatterRefused(_("Choose the messages that are about the unit."), "voices")
    for voice in voices:
        _accuse(voice, about, officer, note)
    requests_lapse(rectification_id)


def _handles(unit: Unit, matter: Rectification) -> bool:
    return unit.pk == matter.lead_unit_id or matter.support_units.filter(pk=unit.pk).exists()


def _accuse(voice: Feedback, about: Unit, officer: Officer, note: str) -> None:
    """Decide anew what the voice is about; all else of the decision stays. What accuses is no praise."""
    if voice.about_unit_id == about.pk and voice.kind != Kind.PRAISE:
        return
    kind = Kind.COMPLAINT if voice.kind in {"", Kind.PRAISE} else voice.kind
    decision = Decision(State.CONFIRMED, voice.item_id, kind, about.pk, note, public_reply=voice.public_reply)
    try:
        feedback_classify(feedback_id=voice.pk, officer=officer, decision=decision, expected_id=voice.decision_id)
    except DecisionRefused as refused:
        raise MatterRefused(str(refused), "voices") from refused


@transaction.atomic
def rectification_supervise(*, rectification_id: int, officer: Officer, note: str) -> None:
    """Issue a supervision slip (督办提示单): the unit is told in writing what it leaves undone."""
    pressed = Q(escalation=Escalation.NONE)
    move_make("supervise", rectification_id, officer, note=note, only=pressed, changes={"escalation": "supervised"})


@transaction.atomic
def rectification_hand_over(*, rectification_id: int, officer: Officer, to: str, note: str) -> None:
    """Hand the matter to 110 (``to`` "110") or to petition and supervision ("petition"); it ends here."""
    move_make(f"hand_{to}", rectification_id, officer, note=note, changes={"closed_at": clock.now()})
    requests_lapse(rectification_id)


@transaction.atomic
def rectification_resume(*, rectification_id: int, officer: Officer, note: str) -> None:
    """Take a suspended matter up again; its clock starts anew."""
    now = clock.now()
    move_make("resume", rectification_id, officer, note=note, changes={"due_at": due_at(now)})


@transaction.atomic
def rectification_close_suspended(*, rectification_id: int, officer: Officer, note: str) -> None:
    """A bureau leader closes what cannot be solved; ``note`` says why, and the resident reads the public reply."""
    changes = closing_changes(Closing.SUSPENDED, note) | {"is_left_out": True}
    move_make("close_suspended", rectification_id, officer, note=note, changes=changes)


# What the follow-up makes of it -------------------------------------------------------------------------------------
@transaction.atomic
def rectification_close(
    *, rectification_id: int, actor: Officer | str, closing: Closing, note: str, is_left_out: bool | None = None,
    found: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """Close a matter after its follow-up: the resident was heard, or ``note`` says why that was impossible.

    ``found`` is what ``heard_text`` tells of. Raises ``PermissionDenied`` for an officer of a unit that handles it.
    """
    changes = closing_changes(closing, note)
    if is_left_out is not None:
        changes["is_left_out"] = is_left_out
    move_make(
        "close", rectification_id, actor, note=note, changes=changes, data={"closing": str(closing), **(found or {})}
    )


@transaction.atomic
def rectification_reopen(
    *, rectification_id: int, actor: Officer | str, note: str, is_dissatisfied: bool = True,
    found: Mapping[str, object] | None = None,
) -> None:  # fmt: skip
    """The resident is not satisfied: the matter goes back to the unit and its clock starts anew.

    ``found`` is what ``heard_text`` tells of, with the resident's redacted ``words``.
    """
    now = clock.now()
    changes: dict[str, Any] = {
        "due_at": due_at(now),
        "dispatched_at": now,
        "closed_at": None,
        "closing": "",
        "closing_reason": "",
        "reopen_count": F("reopen_count") + 1,
    }
    if is_dissatisfied:
        changes["dissatisfied_count"] = F("dissatisfied_count") + 1
    move_make("reopen", rectification_id, actor, note=note, changes=changes, data=found)


@transaction.atomic
def rectification_escalate(
    *, rectification_ids: Sequence[int], to: Escalation, actor: Officer | str, note: str
) -> None:
    """Mark matters as pressed further by a notice or a circulated criticism; never back."""
    further = [level for level in _LADDER if _LADDER.index(level) < _LADDER.index(to)]
    pressed = Rectification.objects.filter(pk__in=rectification_ids, escalation__in=further).order_by("id")
    # Read under its lock, as every other move does: the resident may reopen it at this very moment.
    for matter in pressed.select_for_update(no_key=True, of=("self",)):
        Rectification.objects.filter(pk=matter.pk).update(escalation=to, changed_at=clock.now())
        event_add(matter.pk, Move(f"escalate_{to}", By.FOLLOWUP, frozenset(), ""), actor, note=note, state=matter.state)


_LADDER = [Escalation.NONE, Escalation.SUPERVISED, Escalation.INTERVIEW, Escalation.CIRCULATED]
