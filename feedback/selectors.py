"""Every read of this room, each together with its permission check."""

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import Officer
from accounts.permissions import Action, Scope, scope_of
from accounts.selectors import unit_ids_below
from feedback.models import Feedback, Kind, Remark, State
from feedback.receipts import receipt_digest, receipt_parse


def feedback_visible(officer: Officer) -> QuerySet[Feedback]:
    """The feedback whose text ``officer`` may read.

    The centre, the discipline office and leaders read all. A unit reads what was said at its own points once the
    centre has confirmed it, and never what is about itself unless it is praise: neither the accusation nor the
    accuser goes to the accused (Regulations on Petitions 30, 46).
    """
    scope = scope_of(officer, Action.FEEDBACK_VIEW)
    if scope is None:
        return Feedback.objects.none()
    if scope is Scope.ALL:
        return Feedback.objects.all()
    units = unit_ids_below(officer.unit_id)
    about_itself = Q(about_unit__in=units) & ~Q(kind=Kind.PRAISE)
    return Feedback.objects.filter(point__station__in=units, state=State.CONFIRMED).exclude(about_itself)


def feedback_for(officer: Officer, feedback_id: int) -> Feedback:
    """One feedback that ``officer`` may read; raises ``Http404`` for any other."""
    return get_object_or_404(feedback_visible(officer).select_related("point", "item", "about_unit"), pk=feedback_id)


def remarks_visible(officer: Officer, feedback: Feedback) -> QuerySet[Remark]:
    """What the resident added to ``feedback``, as far as ``officer`` may read it.

    A unit reads only what the centre had before it when it decided: what comes later may be about that unit.
    """
    remarks = Remark.objects.filter(feedback=feedback)
    if scope_of(officer, Action.FEEDBACK_VIEW) is Scope.ALL:
        return remarks
    if feedback.decision is None:
        return remarks.none()
    return remarks.filter(created_at__lt=feedback.decision.created_at)


def reads_in_full(officer: Officer) -> bool:
    """Whether ``officer`` reads the words as received; everybody else reads the redacted text."""
    return scope_of(officer, Action.FEEDBACK_TRIAGE) is not None


def feedback_by_receipt(text: str) -> Feedback | None:
    """The feedback that the typed receipt opens, or ``None``; tells nothing about what was wrong with it."""
    receipt = receipt_parse(text)
    if receipt is None:
        return None
    found = Feedback.objects.filter(receipt__digest=receipt_digest(receipt))
    return found.select_related("point", "item__category", "duplicate_of").first()
