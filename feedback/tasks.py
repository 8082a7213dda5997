"""Celery's part: wake up, ask the database what is due, call a service."""

import threading
import time

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from feedback.classifying import suggestions_make

log = structlog.get_logger("feedback.tasks")

# A wake-up asks for everything that is pending, so one that starts WINDOW seconds after it was sent covers all that
# is committed in between: submissions need not each pay for a message to the broker.
WINDOW = 1.0
# After a failed send the broker is left alone for a while; the beat sweep finds the rows meanwhile.
PAUSE = 5.0
BATCH = 200


class _Wake:
    """When this process may next send a wake-up (monotonic seconds)."""

    lock = threading.Lock()
    next_at = 0.0


def wake_classifier(*, urgent: bool = False) -> None:
    """Ask a worker to classify what is pending; never fails and never waits long when the broker is away."""
    now = time.monotonic()
    with _Wake.lock:
        if now < _Wake.next_at and not urgent:
            return
        _Wake.next_at = now + WINDOW
    try:
        classify_pending.apply_async(countdown=0 if urgent else WINDOW, expires=60, retry=False)
    except (BrokerError, RedisError, OSError) as error:
        with _Wake.lock:
            _Wake.next_at = now + PAUSE
        log.warning("broker.unreachable", error=type(error).__name__)


@shared_task
def classify_pending() -> int:
    """Classify whatever is pending, batch by batch; returns how many."""
    done = 0
    while made := suggestions_make(limit=BATCH):
        done += made
    return done
