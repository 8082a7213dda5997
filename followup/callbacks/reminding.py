"""The centre is reminded of the calls that it owes: by SMS before they are due, and above the list of matters."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    ExpressionWrapper,
    Min,
    Q,
    QuerySet,
    Subquery,
    Value,
)

from accounts.models import Officer, Role
from accounts.permissions import Action, may
from accounts.services import SYSTEM, audit_record
from followup.callbacks.models import CallBack, CallBackState
from followup.sms.hours import may_call
from followup.sms.services import sms_queue
from measures.models import DeadlineRule
from opinion_portal import clock


@dataclass(frozen=True)
class Owed:
    """The calls that are late or soon due: how many, how many of them late, and when the first was or is due."""

    count: int
    late: int
    first: datetime


def calls_pressing(officer: Officer, now: datetime) -> Owed | None:
    """What the office shows ``officer``; nothing to those who do not call, and while nothing is pressing."""
    if not may(officer, Action.FOLLOWUP_RECORD):
        return None
    found = _pressing(now).aggregate(n=Count("pk"), late=Count("pk", filter=Q(due_at__lte=now)), first=Min("due_at"))
    return Owed(found["n"], found["late"], found["first"]) if found["n"] else None


@transaction.atomic
def callbacks_remind() -> int:
    """One SMS to each duty phone of the centre for all calls that have come near, each call once; returns how many.

    None in the night, when nobody may call either. Of two runs at once the second finds nothing left.
    """
    now = clock.now()
    if not may_call(now):
        return 0
    fresh = list(_pressing(now).filter(reminded_at=None).select_for_update(skip_locked=True, of=("self",)))
    if not fresh:
        return 0
    CallBack.objects.filter(pk__in=[one.pk for one in fresh]).update(reminded_at=now)
    audit_record(
        action="callback.remind", actor=SYSTEM, object_type="call_back", data={"ids": [one.pk for one in fresh]}
    )
    values = {"count": str(len(fresh)), "time": _told(fresh[0].due_at)}
    for caller in Officer.objects.filter(role=Role.CENTRE, is_active=True).exclude(phone="").order_by("id"):
        sms_queue(text_code="callback-due", values=values, officer=caller, about=("call_back", fresh[0].pk))
    return len(fresh)


def _pressing(now: datetime) -> QuerySet[CallBack]:
    # The rule is looked up within the statement: the list of matters counts its statements.
    hours = DeadlineRule.objects.filter(step="call-back-remind").values("amount")
    span = ExpressionWrapper(Subquery(hours) * Value(timedelta(hours=1)), output_field=DurationField())
    near = ExpressionWrapper(Value(now) + span, output_field=DateTimeField())
    return CallBack.objects.filter(state=CallBackState.OPEN, due_at__lte=near).order_by("due_at", "id")


def _told(moment: datetime) -> str:
    local = moment.astimezone(clock.BUREAU_ZONE)
    return f"{local.month}月{local.day}日{local:%H:%M}"
