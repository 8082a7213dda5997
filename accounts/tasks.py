"""Work that the beat calls: thin, the services do it."""

from datetime import timedelta

import structlog
from celery import shared_task
from django.core.cache import cache
from django.utils import timezone
from redis import RedisError

from accounts.audit.services import audit_seal
from accounts.services import logins_tidy

DAY = 24 * 3600
log = structlog.get_logger("portal.audit")


@shared_task(name="accounts.tasks.seal_audit")
def seal_audit() -> int:
    """Seal the new audit events; once a day also those that committed very late. Returns how many."""
    return audit_seal(everything=_first_today())


def _first_today() -> bool:
    try:
        return cache.add("audit.sealed_everything", 1, timeout=DAY)
    except RedisError:
        log.warning("audit.everything_put_off")
        return False


@shared_task(name="accounts.tasks.tidy_logins")
def tidy_logins() -> None:
    """Drop what ended logins and old failures leave behind."""
    logins_tidy(before=timezone.now() - timedelta(days=1))
