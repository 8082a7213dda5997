"""Celery's part: wake up, ask the database what is due, call a service."""

from celery import shared_task

from followup.notices.proposing import notices_propose
from followup.notices.reminding import units_remind
from opinion_portal import clock


@shared_task
def draft_notices() -> int:
    """Draft what the rules call for; returns how many."""
    return notices_propose(now=clock.now())


@shared_task
def remind_units() -> int:
    """Remind units of plans and reports that are due; returns how many."""
    return units_remind(now=clock.now())
