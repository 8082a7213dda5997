"""The one place that asks what time it is; everything else is handed the answer."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.utils import timezone

BUREAU_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return timezone.now()


def bureau_day(moment: datetime) -> date:
    """The calendar day of ``moment`` where the bureau is."""
    return moment.astimezone(BUREAU_ZONE).date()


def day_start(day: date) -> datetime:
    """Midnight at the start of ``day`` where the bureau is."""
    return datetime.combine(day, time.min, tzinfo=BUREAU_ZONE)
