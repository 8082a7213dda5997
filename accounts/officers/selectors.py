"""The accounts as the two administrators see them."""

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone

from accounts.models import Officer, Unit
from accounts.permissions import Action, may
from accounts.selectors import locks_standing


def officer_list(actor: Officer, *, search: str = "", role: str = "", active: str = "") -> QuerySet[Officer]:
    """The accounts that match; ``active`` is "yes", "no" or "" for both. Empty for who may not see them.

    Each carries ``locked_until``, the end of its lock, or ``None``.
    """
    if not may(actor, Action.OFFICER_VIEW):
        return Officer.objects.none()
    locks = locks_standing(timezone.now()).filter(username=OuterRef("username"))
    officers = Officer.objects.select_related("unit").annotate(locked_until=Subquery(locks.values("ends")))
    if search:
        officers = officers.filter(Q(username__icontains=search) | Q(name__icontains=search))
    if role:
        officers = officers.filter(role=role)
    if active:
        officers = officers.filter(is_active=active == "yes")
    return officers


def officer_for(actor: Officer, officer_id: int) -> Officer:
    """One account that ``actor`` may see; raises ``Http404`` for any other."""
    officer = officer_list(actor).filter(pk=officer_id).first()
    if officer is None:
        raise Http404
    return officer


def unit_choices() -> QuerySet[Unit]:
    """The units an account may belong to."""
    return Unit.objects.filter(is_active=True)
