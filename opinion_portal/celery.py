"""The Celery application. The database is the queue of truth; Celery only carries (decision 3 of the design)."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import setup_logging, worker_process_init
from django.db import connections

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")

app = Celery("opinion_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.autodiscover_tasks(
    ["feedback.imports", "followup.notices", "followup.reminders", "followup.sms", "followup.surveys"]
)

# Sweeps: each finds rows whose work is due, whether or not the task sent on commit ever arrived.
app.conf.beat_schedule = {
    "classify-pending": {"task": "feedback.tasks.classify_pending", "schedule": 10.0, "options": {"expires": 10}},
    "seal-audit": {"task": "accounts.tasks.seal_audit", "schedule": 60.0, "options": {"expires": 60}},
    "continue-imports": {
        "task": "feedback.imports.tasks.continue_imports",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "refresh-tallies": {"task": "insights.tasks.refresh_tallies", "schedule": 15.0, "options": {"expires": 15}},
    "recheck-tallies": {"task": "insights.tasks.recheck_tallies", "schedule": crontab(hour=3, minute=10)},
    "tidy-logins": {"task": "accounts.tasks.tidy_logins", "schedule": crontab(minute=40), "options": {"expires": 600}},
    "draft-notices": {
        "task": "followup.notices.tasks.draft_notices",
        "schedule": crontab(minute=20),
        "options": {"expires": 1800},
    },
    "remind-of-notices": {
        "task": "followup.notices.tasks.remind_units",
        "schedule": crontab(hour="8-18", minute=25),
        "options": {"expires": 1800},
    },
    "follow-up": {"task": "followup.surveys.tasks.follow_up", "schedule": 15.0, "options": {"expires": 15}},
    "follow-up-everything": {
        "task": "followup.surveys.tasks.follow_up",
        "schedule": crontab(minute=5),
        "kwargs": {"everything": True},
        "options": {"expires": 600},
    },
    "remind-units": {
        "task": "followup.reminders.tasks.remind_units",
        "schedule": crontab(minute="*/10"),
        "options": {"expires": 600},
    },
    "remind-centre": {
        "task": "followup.reminders.tasks.remind_centre",
        "schedule": crontab(minute="*/5"),
        "options": {"expires": 300},
    },
    "send-sms": {"task": "followup.sms.tasks.send_due", "schedule": 10.0, "options": {"expires": 10}},
    "reconcile-sms": {"task": "followup.sms.tasks.reconcile", "schedule": 60.0, "options": {"expires": 60}},
    "forget-sms": {"task": "followup.sms.tasks.forget", "schedule": crontab(minute=50), "options": {"expires": 600}},
    "expire-voices": {"task": "feedback.tasks.expire_voices", "schedule": crontab(hour=3, minute=30)},
    "expire-openings": {"task": "feedback.tasks.expire_openings", "schedule": 300.0, "options": {"expires": 300}},
}


@setup_logging.connect
def _keep_our_logging(**_kwargs: Any) -> None:
    """Celery sets up its own logging unless somebody answers this signal; settings have done it already."""


@worker_process_init.connect
def _forget_inherited_connections(**_kwargs: Any) -> None:
    """A forked worker must not share its parent's database sockets."""
    connections.close_all()
