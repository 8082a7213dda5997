"""Celery's part of the outbox: wake up, ask the database what is due, call a service. All may run twice at once."""

from celery import shared_task

from followup.sms.asking import sms_reconcile
from followup.sms.retention import sms_forget
from followup.sms.sending import sms_claim_due, sms_send_claimed
from opinion_portal import clock
from opinion_portal.waking import Waker

# Few at a time: what is claimed is to be sent within two minutes, also by a provider that answers slowly.
BATCH = 5
# One task ends before its time limit; the sweep goes on with the rest.
MOST = 500


@shared_task
def send_due() -> int:
    """Send what is due; returns how many messages were taken."""
    done = 0
    while done < MOST and (claimed := sms_claim_due(now=clock.now(), limit=BATCH)):
        for message in claimed:
            sms_send_claimed(message=message, now=clock.now())
        done += len(claimed)
    return done


@shared_task
def reconcile() -> int:
    """Ask what became of messages in doubt; returns how many were asked for."""
    return sms_reconcile(now=clock.now())


@shared_task
def forget() -> int:
    """Erase what is left of erased numbers and withdrawn words; returns how many rows changed."""
    return sms_forget(now=clock.now())


_waker = Waker("sms-waker", lambda: send_due.apply_async(expires=60, retry=False))


def wake_sender() -> None:
    """Have a worker send what is due, within a second; returns immediately and never fails."""
    _waker.wake()
