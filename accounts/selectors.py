"""Every read of this room."""

from datetime import datetime, timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, Max, Q, QuerySet, Sum, Value
from django.utils import timezone

from accounts.models import Officer, Unit


def unit_ids_below(unit_id: int) -> list[int]:
    """The unit and all units below it. The tree is three levels deep at most and small."""
    found, edge = [unit_id], [unit_id]
    while edge:
        edge = list(Unit.objects.filter(parent_id__in=edge).values_list("id", flat=True))
        edge = [unit for unit in edge if unit not in found]
        found += edge
    return found


def unit_ids_above(unit: Unit) -> list[int]:
    """The unit and all units above it, nearest first."""
    found, above = [unit.pk], unit.parent
    while above is not None:
        found.append(above.pk)
        above = above.parent
    return found


def unit_list() -> QuerySet[Unit]:
    """All active units, bureau first."""
    return Unit.objects.filter(is_active=True)


def officers_by_username(usernames: list[str]) -> QuerySet[Officer]:
    """The officers of these account names."""
    return Officer.objects.filter(Q(username__in=usernames)).select_related("unit")


def bureau_of(officer: Officer | None) -> Unit | None:
    """The bureau above the officer's unit; for nobody, the first bureau there is."""
    if officer is None:
        return Unit.objects.filter(kind=Unit.Kind.BUREAU).first()
    unit = officer.unit
    while unit.parent is not None:
        unit = unit.parent
    return unit


def officer_by_username(username: str) -> Officer | None:
    """The account of this name, or ``None``."""
    return Officer.objects.filter(username=username).first()


def lock_ends_at(username: str) -> datetime:
    """When the lock of this account name ends (aware, UTC); for a name never tried, thirty minutes from now."""
    last = AccessAttempt.objects.filter(username=username).aggregate(last=Max("attempt_time"))["last"]
    return (last or timezone.now()) + _lock_lasts()


def locks_standing(now: datetime) -> QuerySet[AccessAttempt, dict[str, Any]]:
    """The account names that are locked at ``now``: ``{"username", "failures", "ends"}`` for each."""
    recent = AccessAttempt.objects.filter(attempt_time__gt=now - _lock_lasts()).order_by().values("username")
    ends = ExpressionWrapper(Max("attempt_time") + Value(_lock_lasts()), output_field=DateTimeField())
    failed: QuerySet[AccessAttempt, dict[str, Any]] = recent.annotate(failures=Sum("failures_since_start"), ends=ends)
    return failed.filter(failures__gte=settings.AXES_FAILURE_LIMIT)


def _lock_lasts() -> timedelta:
    return timedelta(hours=settings.AXES_COOLOFF_TIME)
