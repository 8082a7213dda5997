"""The matters a notice may speak of, and how they are written down in it."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists, Max, OuterRef, QuerySet

from accounts.models import Unit
from accounts.selectors import unit_ids_below
from feedback.models import Feedback
from followup.notices.grounds import Standing, days_late
from followup.notices.models import InterviewNotice, NoticeMatter
from followup.notices.secrecy import redacted_title, words_of_residents
from measures.models import Rectification, RectificationEvent
from measures.selectors import accuses, working_calendar
from opinion_portal import clock

_A_MOMENT = timedelta(microseconds=1)
_SHOWN = 200


def matters_of_unit(unit: Unit, *, ids: Collection[int] | None = None) -> QuerySet[Rectification]:
    """The matters that ``unit`` leads, the most urgent first; of them those of ``ids``.

    Never a matter with an accusation against the unit, even one found out after its dispatch: the unit would learn of
    it by the notice (Regulations on Petitions 30, 46).
    """
    found = Rectification.objects.filter(lead_unit=unit).exclude(about_the_unit(unit))
    return found.order_by("due_at", "id") if ids is None else found.filter(pk__in=ids).order_by("due_at", "id")


def about_the_unit(unit: Unit) -> Exists:
    """Whether one of a matter's voices accuses ``unit`` or a unit below it."""
    return Exists(Feedback.objects.filter(accuses(unit_ids_below(unit.pk)), matter_link__rectification=OuterRef("pk")))


def matters_to_pick(unit: Unit, chosen: Collection[int]) -> list[Rectification]:
    """What the draft's form offers: the chosen ones, then the unit's matters that are not over, at most 200."""
    found = matters_of_unit(unit)
    picked = list(found.filter(pk__in=chosen))
    return picked + list(found.filter(closed_at=None).exclude(pk__in=chosen)[:_SHOWN])


def matters_named(notice: InterviewNotice) -> list[int]:
    """The matters that a notice speaks of."""
    return list(notice.matters.values_list("rectification_id", flat=True))


def standing_of(matter: Rectification) -> Standing:
    """The matter as the rules look at it."""
    last_day = clock.bureau_day(matter.due_at - _A_MOMENT)
    return Standing(matter.state, last_day, matter.dissatisfied_count, matter.is_left_out)


def matters_note(notice: InterviewNotice, matters: Iterable[Rectification], now: datetime) -> None:
    """Write down in the notice how the matters stand; those that are in it already are written anew."""
    matters = list(matters)
    calendar, today = working_calendar(), clock.bureau_day(now)
    supervised = dict(
        RectificationEvent.objects.filter(rectification__in=matters, move="supervise")
        .values_list("rectification")
        .annotate(last=Max("at"))
    )
    known = words_of_residents(matter.pk for matter in matters)
    rows = [
        NoticeMatter(
            notice=notice,
            rectification=matter,
            title=redacted_title(matter.title, known)[:200],
            dispatched_on=clock.bureau_day(matter.dispatched_at),
            due_on=standing_of(matter).last_day,
            due_at=matter.due_at,
            days_late=days_late(standing_of(matter), today, calendar),
            dissatisfied_count=matter.dissatisfied_count,
            escalation=matter.escalation,
            supervised_on=clock.bureau_day(supervised[matter.pk]) if matter.pk in supervised else None,
        )
        for matter in matters
    ]
    fields = [field.name for field in NoticeMatter._meta.concrete_fields]  # noqa: SLF001  # Django's public way to ask
    NoticeMatter.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["notice", "rectification"],
        update_fields=[name for name in fields if name not in {"id", "notice", "rectification"}],
    )
