"""The sweep of following up: whatever is due is found in the database, so running it twice does no harm."""

from collections.abc import Callable

import structlog
from celery import shared_task
from django.db import DatabaseError

from followup.callbacks.services import callbacks_drop
from followup.surveys.answers import replies_take
from followup.surveys.closing import windows_end
from followup.surveys.selectors import matters_to_ask
from followup.surveys.services import followup_schedule, followups_drop, messages_follow, words_forget
from measures.services import MatterRefused

BATCH = 200
log = structlog.get_logger("followup.surveys")


@shared_task(name="followup.surveys.tasks.follow_up")
def follow_up() -> dict[str, int]:
    """Drop what has no object, ask what is new, take the answers, end the windows; says how many of each."""
    return {
        "dropped": _one_by_one("drop", [followups_drop, callbacks_drop, words_forget]),
        "asked": _one_by_one("ask", [_asking(matter) for matter in matters_to_ask(BATCH)]),
        "followed": _one_by_one("follow", [messages_follow]),
        "answered": _one_by_one("answer", [replies_take]),
        "silent": _one_by_one("window", [windows_end]),
    }


def _asking(rectification_id: int) -> Callable[[], int]:
    return lambda: followup_schedule(rectification_id=rectification_id)


def _one_by_one(step: str, works: list[Callable[[], int]]) -> int:
    """Do each piece of work by itself: one that fails is logged and found again, and keeps none from the rest."""
    done = 0
    for work in works:
        try:
            done += work()
        except (DatabaseError, MatterRefused, ValueError) as error:
            log.warning("followup.put_off", step=step, error=type(error).__name__)
    return done
