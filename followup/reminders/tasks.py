"""The beat's part of reminding."""

from celery import shared_task

from followup.reminders.services import reminders_send


@shared_task(name="followup.reminders.tasks.remind_units")
def remind_units() -> int:
    """Remind the heads of units of what is new, due and overdue; returns how many reminders were made."""
    return reminders_send()
