"""Celery's part: wake up, ask the database what is due, call a service."""

from celery import shared_task

from feedback.resident.retention import voices_expire
from opinion_portal import clock
from opinion_portal.waking import Waker

BATCH = 200


@shared_task
def classify_pending() -> int:
    """Classify whatever is pending, batch by batch; returns how many."""
    # Here and not above: web processes import this module to wake the worker, and need not hold the classifier.
    from feedback.classifying import suggestions_make

    done = 0
    while made := suggestions_make(limit=BATCH):
        done += made
    return done


@shared_task
def expire_voices() -> dict[str, int]:
    """Erase what has been kept for as long as residents were told."""
    return voices_expire(now=clock.now())


@shared_task
def expire_openings() -> int:
    """Expire requests for sealed contacts that nobody answered, and approvals that nobody used; returns how many."""
    from feedback.openings.services import openings_expire  # web processes import this module to wake the worker

    return openings_expire(now=clock.now())


_waker = Waker("classifier-waker", lambda: classify_pending.apply_async(expires=60, retry=False))


def wake_classifier(*, urgent: bool = False) -> None:
    """Have a worker classify what is pending, within a second or at once; returns immediately and never fails."""
    _waker.wake(urgent=urgent)
