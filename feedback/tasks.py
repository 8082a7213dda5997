"""Celery's part: wake up, ask the database what is due, call a service."""

import threading
import time

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from feedback.resident.retention import voices_expire
from opinion_portal import clock

log = structlog.get_logger("feedback.tasks")

# Submissions within one window share one message to the broker: the task takes whatever is pending.
WINDOW = 1.0
# After a failed send the broker is left alone for a while; the beat sweep finds the rows meanwhile.
PAUSE = 5.0
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


class _Waker:
    """Sends wake-ups from a thread of its own, so that no request waits for the broker or learns that it is away."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._pending = threading.Event()
        self._urgent = threading.Event()

    def wake(self, *, urgent: bool) -> None:
        if urgent:
            self._urgent.set()
        self._pending.set()
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="classifier-waker", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._pending.wait()
            self._urgent.wait(WINDOW)
            self._pending.clear()
            self._urgent.clear()
            try:
                classify_pending.apply_async(expires=60, retry=False)
            except (BrokerError, RedisError, OSError) as error:
                log.warning("broker.unreachable", error=type(error).__name__)
                time.sleep(PAUSE)


_waker = _Waker()


def wake_classifier(*, urgent: bool = False) -> None:
    """Have a worker classify what is pending, within a second or at once; returns immediately and never fails."""
    _waker.wake(urgent=urgent)
