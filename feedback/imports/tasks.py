"""Celery's part of an import: wake up, ask the database which files wait."""

import structlog
from celery import shared_task
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from opinion_portal import clock

log = structlog.get_logger("feedback.imports")


def wake_imports() -> None:
    """Ask a worker to run what waits; when the broker is away, the beat sweep finds it."""
    try:
        continue_imports.apply_async(expires=60, retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("broker.unreachable", error=type(error).__name__)


@shared_task
def continue_imports() -> int:
    """Run the imports that wait or whose worker died; returns how many."""
    from feedback.imports.services import imports_continue  # the services import this module to wake it

    return imports_continue(now=clock.now())
