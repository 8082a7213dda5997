"""Celery's part of the tallies: look whether days have changed."""

import structlog
from celery import shared_task

from insights.services import tallies_recheck, tallies_refresh
from opinion_portal import clock

log = structlog.get_logger("insights.tasks")


@shared_task
def refresh_tallies() -> int:
    """Recount the days that changed; returns how many."""
    return tallies_refresh(now=clock.now()) or 0


@shared_task
def recheck_tallies() -> int:
    """Once a night: recount all days, mend what is wrong and say so; returns how many counts were wrong."""
    differing = tallies_recheck(now=clock.now(), repair=True)
    if differing:
        log.error("tallies.differed", count=len(differing), first=str(differing[0]), last=str(differing[-1]))
    return len(differing)
