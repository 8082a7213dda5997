"""The sweep of following up: whatever is due is found in the database, so running it twice does no harm."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from celery import shared_task
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError

from followup.callbacks.services import callbacks_drop
from followup.surveys.answers import replies_take
from followup.surveys.closing import windows_end
from followup.surveys.selectors import matters_to_ask
from followup.surveys.services import followup_schedule, followups_drop, messages_follow, words_forget
from measures.services import MatterRefused
from opinion_portal import clock

BATCH = 200
# The sweep looks at what changed lately, and once an hour at everything: a worker may have been away for days.
LATELY = timedelta(days=2)
log = structlog.get_logger("followup.surveys")


@shared_task(name="followup.surveys.tasks.follow_up")
def follow_up(*, everything: bool = False) -> dict[str, int]:
    """Drop what has no object, ask what is new, take the answers, end the windows; says how many of each."""
    since = None if everything else clock.now() - LATELY
    return {
        "dropped": _one_by_one("drop", [followups_drop, callbacks_drop, partial(words_forget, since=since)]),
        "asked": _one_by_one(
            "ask", [partial(followup_schedule, rectification_id=matter) for matter in matters_to_ask(BATCH)]
        ),
        "followed": _one_by_one("follow", [messages_follow]),
        "answered": _one_by_one("answer", [partial(replies_take, since=since)]),
        "silent": _one_by_one("window", [windows_end]),
    }


def _one_by_one(step: str, works: list[Callable[[], int]]) -> int:
    """Do each piece of work by itself: one that fails is logged and found again, and keeps none from the rest."""
    done = 0
    for work in works:
        try:
            done += work()
        except (DatabaseError, MatterRefused, ObjectDoesNotExist, ValueError) as error:
            log.warning("followup.put_off", step=step, error=type(error).__name__)
    return done
