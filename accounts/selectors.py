"""Every read of this room."""

from django.db.models import Q, QuerySet

from accounts.models import Officer, Unit


def unit_ids_below(unit_id: int) -> list[int]:
    """The unit and all units below it. The tree is three levels deep at most and small."""
    found, edge = [unit_id], [unit_id]
    while edge:
        edge = list(Unit.objects.filter(parent_id__in=edge).values_list("id", flat=True))
        found += edge
    return found


def unit_list() -> QuerySet[Unit]:
    """All active units, bureau first."""
    return Unit.objects.filter(is_active=True)


def officers_by_username(usernames: list[str]) -> QuerySet[Officer]:
    """The officers of these account names."""
    return Officer.objects.filter(Q(username__in=usernames)).select_related("unit")
