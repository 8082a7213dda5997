"""Every write about plans: their documents, and what was done under their measures."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db import transaction

from accounts.models import Officer
from accounts.permissions import Action, may
from accounts.services import audit_record
from measures.documents import Piece
from measures.models import ActionPlan, MeasureProgress


@transaction.atomic
def progress_add(*, officer: Officer, measure_id: int, happened_on: date, text: str) -> MeasureProgress:
    """Write down what was done under a measure on one day."""
    _require(officer)
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


def _require(officer: Officer) -> None:
    if not may(officer, Action.PLAN_MANAGE):
        raise PermissionDenied
