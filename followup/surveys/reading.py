"""What an officer does with a follow-up besides closing it: reading it, and setting an SMS aside that says nothing."""

from collections.abc import Sequence

from django.db import transaction

from accounts.models import Officer
from accounts.services import audit_record
from followup.sms.models import SmsReply
from followup.surveys.hearing import allow_hearing
from followup.surveys.models import FollowUp
from opinion_portal import clock


def list_read(*, officer: Officer, pile: str, follow_up_ids: Sequence[int], in_full: bool) -> None:
    """Record which residents' words were on a page, and how they were shown."""
    audit_record(
        action="followup.list",
        actor=officer,
        object_type="follow_up",
        data={"pile": pile, "ids": list(follow_up_ids), "in_full": in_full},
    )


def follow_up_read(*, officer: Officer, follow_up: FollowUp, in_full: bool) -> None:
    """Record that an officer opened one follow-up."""
    audit_record(
        action="followup.view",
        actor=officer,
        object_type="follow_up",
        object_id=follow_up.pk,
        data={"in_full": in_full},
    )


@transaction.atomic
def reply_set_aside(*, reply: SmsReply, follow_up: FollowUp, officer: Officer) -> bool:
    """Record that an SMS was read and answers nothing; whether nobody was faster."""
    allow_hearing(officer, follow_up.rectification)
    if not SmsReply.objects.filter(pk=reply.pk, seen_at__isnull=True).update(seen_at=clock.now(), seen_by=officer):
        return False
    audit_record(action="followup.set_aside", actor=officer, object_type="follow_up", object_id=follow_up.pk)
    return True
