"""Which reminders are due, and which an officer has to be shown."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, QuerySet

from accounts.models import Officer, Role
from accounts.permissions import Action, may
from followup.reminders.models import Reminder, ReminderKind
from followup.reminders.rules import Terms, criticised_on, kinds_due
from followup.sms.models import SmsMessage, SmsState
from measures.models import DeadlineRule, MatterState, Rectification
from measures.selectors import about_its_lead, matters_visible, working_calendar
from opinion_portal import clock

# What lies with the unit; an answer in review is the centre's turn.
WITH_THE_UNIT = (MatterState.DISPATCHED, MatterState.HANDLING)
SHOWN = 10
_A_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Due:
    """One reminder to be made; ``day`` is the day that its text names."""

    matter: Rectification
    kind: ReminderKind
    day: date


@dataclass(frozen=True)
class Group:
    """The reminders of one occasion as the office shows them: the first few, and how many more there are."""

    kind: str
    label: str
    reminders: list[Reminder]
    more: int


def due_day_of(matter: Rectification) -> date:
    """The last bureau day on which the matter is in time."""
    return clock.bureau_day(matter.due_at - _A_MOMENT)


def terms_now() -> Terms:
    """The bureau's terms as its table stands now."""
    amounts = dict(DeadlineRule.objects.values_list("step", "amount"))
    return Terms(amounts["remind-before"], amounts["remind-after"], amounts["criticise"])


def reminders_due() -> list[Due]:
    """What no unit has been reminded of yet at the present limit, in the order of limits."""
    calendar, terms, today = working_calendar(), terms_now(), clock.bureau_day(clock.now())
    known = set(
        Reminder.objects.filter(rectification__state__in=WITH_THE_UNIT, limit=F("rectification__due_at")).values_list(
            "rectification_id", "kind"
        )
    )
    due = []
    for matter in _with_the_unit().select_related("lead_unit").order_by("due_at"):
        last = due_day_of(matter)
        kinds = kinds_due(last, today, calendar, terms)
        if matter.state == MatterState.DISPATCHED:
            kinds.insert(0, ReminderKind.NEW)
        # A day that has gone by is no term any more: the text names today.
        day = max(criticised_on(last, calendar, terms), today) if ReminderKind.AFTER in kinds else last
        due += [Due(matter, kind, day) for kind in kinds if (matter.pk, kind.value) not in known]
    return due


def _with_the_unit() -> QuerySet[Rectification]:
    """What a unit has in hand and knows of: it is told nothing of a matter that is about itself."""
    return Rectification.objects.filter(state__in=WITH_THE_UNIT).exclude(about_its_lead())


def messages_waiting() -> QuerySet[SmsMessage]:
    """The reminders that have not left yet."""
    return SmsMessage.objects.filter(about_type="reminder", state=SmsState.QUEUED).order_by("id")


def message_is_void(message: SmsMessage) -> bool:
    """Whether none of the matters that this waiting SMS counts is still with its unit as it was."""
    first = Reminder.objects.filter(pk=message.about_id).first()
    if first is None:
        return False
    counted = Reminder.objects.filter(unit=first.unit_id, kind=first.kind, at=first.at)
    return (
        not _with_the_unit()
        .filter(lead_unit=first.unit_id, reminders__in=counted, due_at=F("reminders__limit"))
        .exists()
    )


def heads_of(unit_id: int) -> list[Officer]:
    """Whom to remind by SMS: the heads of the unit who have a duty phone."""
    return list(Officer.objects.filter(unit=unit_id, role=Role.UNIT_HEAD, is_active=True).exclude(phone=""))


def reminders_for(officer: Officer) -> list[Reminder]:
    """The reminders that still hold, of the matters that ``officer`` may read, the next limit first.

    One that was answered, or has a new limit, holds no more; of one matter only the gravest counts.
    """
    standing = Reminder.objects.filter(
        rectification__in=matters_visible(officer).filter(state__in=WITH_THE_UNIT), limit=F("rectification__due_at")
    ).exclude(kind=ReminderKind.NEW, rectification__state=MatterState.HANDLING)
    gravest: dict[int, Reminder] = {}
    for reminder in standing.select_related("rectification__lead_unit", "rectification__item").order_by("limit", "id"):
        known = gravest.get(reminder.rectification_id)
        if known is None or gravity(reminder.kind) > gravity(known.kind):
            gravest[reminder.rectification_id] = reminder
    return list(gravest.values())


def gravity(kind: str) -> int:
    """How grave an occasion is: the later it comes, the graver."""
    return ReminderKind.values.index(kind)


def reminder_groups(officer: Officer) -> list[Group]:
    """The reminders that still hold, the gravest occasion first. Whoever is no part of handling or review sees none."""
    if not may(officer, Action.MATTER_HANDLE) and not may(officer, Action.MATTER_REVIEW):
        return []
    standing = reminders_for(officer)
    groups = []
    for kind in reversed(ReminderKind):
        found = [reminder for reminder in standing if reminder.kind == kind]
        if found:
            groups.append(Group(kind.value, str(kind.label), found[:SHOWN], len(found[SHOWN:])))
    return groups
