"""The beat's part of reminding."""

from celery import shared_task

from followup.callbacks.reminding import callbacks_remind
from followup.reminders.services import reminders_send, reminders_take_back


@shared_task(name="followup.reminders.tasks.remind_units")
def remind_units() -> int:
    """Remind the heads of units of what is new, due and overdue; returns how many reminders were made."""
    reminders_take_back()
    return reminders_send()


@shared_task(name="followup.reminders.tasks.remind_centre")
def remind_centre() -> int:
    """Remind the centre of the calls that are nearly due; returns of how many."""
    return callbacks_remind()
