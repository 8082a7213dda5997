"""Every write about plans: their documents, their measures, and what was done under these."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import Officer, Unit
from accounts.permissions import Action, may
from accounts.services import audit_record
from feedback.models import Subcategory
from measures.documents import Piece
from measures.models import ActionPlan, Measure, MeasureProgress
from measures.plans.selectors import may_note_progress
from measures.services import MatterRefused, MovedMeanwhile

_FIELDS = ("title", "title_en", "aim", "aim_en", "lead_unit_id", "due_on", "is_assumed")


@dataclass(frozen=True)
class MeasureDraft:
    """What a measure is to say: its aim, the items it is for, who leads and who supports, until when."""

    title: str
    title_en: str
    aim: str
    aim_en: str
    items: Sequence[Subcategory]
    lead_unit: Unit
    support_units: Sequence[Unit] = ()
    due_on: date | None = None
    is_assumed: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        """The columns of the measure's own row."""
        return {name: self.lead_unit.pk if name == "lead_unit_id" else getattr(self, name) for name in _FIELDS}


@transaction.atomic
def progress_add(*, officer: Officer, measure_id: int, happened_on: date, text: str) -> MeasureProgress:
    """Write down what was done under a measure on one day: the centre, or the unit that leads it."""
    if not may_note_progress(officer, Measure.objects.get(pk=measure_id)):
        raise PermissionDenied
    made = MeasureProgress.objects.create(measure_id=measure_id, officer=officer, happened_on=happened_on, text=text)
    audit_record(action="plan.progress", actor=officer, object_type="measure", object_id=measure_id)
    return made


@transaction.atomic
def plan_document_replace(*, officer: Officer, plan_id: int, document: Piece) -> None:
    """Put ``document`` in the place of the plan's published document."""
    _require(officer)
    changes = {"document": document.data, "document_name": document.name, "document_type": document.media_type}
    ActionPlan.objects.filter(pk=plan_id).update(**changes)
    audit_record(action="plan.document", actor=officer, object_type="plan", object_id=plan_id, changed=sorted(changes))


@transaction.atomic
def measure_add(*, officer: Officer, plan_id: int, number: int, draft: MeasureDraft) -> Measure:
    """Add a measure to a plan. Raises ``MatterRefused`` for a number that the plan has already."""
    _require(officer)
    _check(draft)
    try:
        with transaction.atomic():
            made = Measure.objects.create(plan_id=plan_id, number=number, **draft.fields)
    except IntegrityError as taken:
        raise MatterRefused(_("This plan has a measure of this number already."), "number") from taken
    made.items.set(draft.items)
    made.support_units.set(draft.support_units)
    audit_record(action="measure.add", actor=officer, object_type="measure", object_id=made.pk)
    return made


@transaction.atomic
def measure_edit(*, officer: Officer, measure_id: int, draft: MeasureDraft, read: str) -> list[str]:
    """Change a measure; returns the names of the fields that changed, which the audit log keeps too.

    ``read`` is the ``measure_digest`` of what stood on the screen: raises ``MovedMeanwhile`` when it has changed. Plan
    and number stay: matters and papers quote them.
    """
    _require(officer)
    _check(draft)
    measure = Measure.objects.select_for_update().get(pk=measure_id)
    if measure_digest(measure) != read:
        raise MovedMeanwhile(_("Somebody has changed this measure meanwhile. What you typed is still here."))
    changed = _changed(measure, draft)
    if not changed:
        return []
    Measure.objects.filter(pk=measure_id).update(**draft.fields)
    measure.items.set(draft.items)
    measure.support_units.set(draft.support_units)
    audit_record(action="measure.edit", actor=officer, object_type="measure", object_id=measure_id, changed=changed)
    return changed


def measure_digest(measure: Measure) -> str:
    """What tells one standing of a measure from another."""
    said = [getattr(measure, name) for name in _FIELDS]
    return hashlib.sha256(repr((said, _codes(measure), _supports(measure))).encode()).hexdigest()[:16]


def _changed(measure: Measure, draft: MeasureDraft) -> list[str]:
    changed = [name.removesuffix("_id") for name, value in draft.fields.items() if value != getattr(measure, name)]
    if _codes(measure) != sorted(item.code for item in draft.items):
        changed.append("items")
    if _supports(measure) != sorted(unit.pk for unit in draft.support_units):
        changed.append("support_units")
    return changed


def _codes(measure: Measure) -> list[str]:
    return sorted(measure.items.values_list("code", flat=True))


def _supports(measure: Measure) -> list[int]:
    return sorted(measure.support_units.values_list("pk", flat=True))


def _check(draft: MeasureDraft) -> None:
    if not draft.items:
        raise MatterRefused(_("Choose at least one item."), "items")
    if draft.lead_unit.kind == Unit.Kind.BUREAU:
        raise MatterRefused(_("A measure is led by a station or a department, not by the whole bureau."), "lead_unit")
    if draft.lead_unit in draft.support_units:
        raise MatterRefused(_("The lead unit does not support itself."), "support_units")


def _require(officer: Officer) -> None:
    if not may(officer, Action.PLAN_MANAGE):
        raise PermissionDenied
