"""The course of a soak: days with rounds in which everybody acts while things break; then everything comes to rest."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from django.db import connections
from django.db.models import Q

from followup.sms.models import SmsMessage, SmsState
from followup.surveys.models import OPEN as FOLLOW_UP_OPEN
from followup.surveys.models import FollowUp
from followup.surveys.selectors import replies_to_take
from measures.selectors import working_calendar
from opinion_portal import clock
from tests.soak import actors
from tests.soak.centre import Centre
from tests.soak.faults import Chaos, Web, Workers, carrier_faults, carrier_order
from tests.soak.ground import START
from tests.soak.hearing import Hearing
from tests.soak.notices import Notices
from tests.soak.residents import Residents
from tests.soak.units import Units
from tests.soak.world import World

WORKING = (clock_time(9, 40), clock_time(9, 47), clock_time(12, 20), clock_time(15, 0), clock_time(19, 10))
# The second round of a rest day goes on over midnight: whoever is on duty in the office acts then too.
RESTING = (clock_time(10, 30), clock_time(23, 59, 59))
# A short soak's days are coarser, with a night now and then.
WORKING_BRIEF, RESTING_BRIEF = (clock_time(9, 40), clock_time(15, 0)), (clock_time(23, 59, 59),)
AT_REST, AT_REST_BRIEF = (
    (clock_time(9, 10), clock_time(9, 25), clock_time(18, 0)),
    (clock_time(9, 10), clock_time(15, 0)),
)
NIGHT = 23
REST_DAYS_MOST = 60
# The carrier pushes what is due within this time.
PUSHED_SECONDS = 0.2
TELL_EVERY = 20


@dataclass(frozen=True)
class Plan:
    """How many working days voices arrive, how many more the loop goes on, and how fine a day is.

    ``working`` and ``resting`` are the rounds of a working day and of a rest day, ``at_rest`` the ticks of a day when
    nobody acts any more.
    """

    arrival_days: int
    further_days: int
    working: tuple[clock_time, ...]
    resting: tuple[clock_time, ...]
    at_rest: tuple[clock_time, ...]

    @property
    def days(self) -> int:
        return self.arrival_days + self.further_days


def plan_for(matters: int) -> Plan:
    """A short soak lasts three weeks, a long one nine."""
    if matters <= 100:
        return Plan(4, 9, WORKING_BRIEF, RESTING_BRIEF, AT_REST_BRIEF)
    return Plan(22, 22, WORKING, RESTING, AT_REST)


class Play:
    """One soak, from the first voice to rest."""

    def __init__(self, world: World, workers: Workers, web: Web) -> None:
        self.world, self.workers, self.web = world, workers, web
        self.residents, self.units, self.centre = Residents(world), Units(world), Centre(world)
        self.hearing, self.notices, self.chaos = Hearing(world), Notices(world), Chaos(world)
        self.plan = plan_for(world.matters)

    def run(self) -> None:
        """Play, then rest."""
        carrier_order(self.world, are_on=True)
        for day, worked in self._days():
            for moment in self._moments(day, worked):
                self._round(moment, worked)
        self._rest()

    def _days(self) -> Iterator[tuple[date, int]]:
        """Each day of the play, and which working day it is; 0 for a rest day."""
        calendar, day, worked = working_calendar(), START.date(), 0
        while worked < self.plan.days:
            is_working = calendar.is_working(day)
            worked += is_working
            yield day, worked if is_working else 0
            day += timedelta(days=1)

    def _moments(self, day: date, worked: int) -> list[datetime]:
        times = self.plan.working if worked else self.plan.resting
        return [datetime.combine(day, at, tzinfo=clock.BUREAU_ZONE) for at in times]

    # Playing ----------------------------------------------------------------------------------------------------
    def _round(self, moment: datetime, worked: int) -> None:
        self.world.round += 1
        began = time.monotonic()
        self.world.ground.go(moment)
        jobs = self._jobs(worked, is_office_there=bool(worked) or moment.hour == NIGHT)
        self.world.dice("order", self.world.round).shuffle(jobs)
        # From here on whatever connects may be cut off: the driver itself has nothing open.
        connections.close_all()
        with self.workers.at_work(), self.chaos.in_round():
            actors.play(jobs, self.world.diary)
        if self.world.round % TELL_EVERY == 0:
            spent = time.monotonic() - began
            print(f"{moment:%m-%d %H:%M} round {self.world.round}: {len(jobs)} acts in {spent:.1f} s", flush=True)
        self.world.ground.carrier_settle()

    def _jobs(self, worked: int, *, is_office_there: bool) -> list[actors.Job]:
        """Residents act at all times, the office on working days and in the nights of rest days."""
        jobs = self.residents.jobs(self._arriving(worked))
        is_late = worked > self.plan.arrival_days + self.plan.further_days // 2
        if is_office_there:
            for group in (self.units, self.centre, self.hearing, self.notices):
                jobs += group.jobs(is_late_in_play=is_late)
        return jobs

    def _arriving(self, worked: int) -> int:
        """So many voices that as many matters are made of them as are wanted, and a few more."""
        if not 0 < worked <= self.plan.arrival_days:
            return 0
        rounds = self.plan.arrival_days * len(self.plan.working)
        return -(-self.world.matters * 136 // (100 * rounds))

    # Resting ----------------------------------------------------------------------------------------------------
    def _rest(self) -> None:
        """No more faults, and nobody acts but those who hear residents: time passes until nothing is due."""
        self.workers.are_killed = self.web.is_killed = False
        self.world.diary.faults.update(carrier_faults(self.world))
        carrier_order(self.world, are_on=False)
        day = clock.bureau_day(clock.now())
        for _ in range(REST_DAYS_MOST):
            day += timedelta(days=1)
            for at in self.plan.at_rest:
                self._rest_round(datetime.combine(day, at, tzinfo=clock.BUREAU_ZONE))
            if not due(self.world):
                return
        self.world.diary.surprise(f"no rest within {REST_DAYS_MOST} days: {due(self.world)}")

    def _rest_round(self, moment: datetime) -> None:
        self.world.round += 1
        self.world.ground.go(moment)
        actors.play(self.hearing.jobs(is_late_in_play=True), self.world.diary)
        time.sleep(PUSHED_SECONDS)
        self.workers.everything()


def due(world: World) -> dict[str, int]:
    """What still waits for a worker, the carrier or the end of its window, by name."""
    waiting = Q(state__in=[SmsState.QUEUED, SmsState.CLAIMED]) | Q(ask_at__isnull=False)
    pushes = [push for push in world.ground.carrier.known()["pushes"] if push["state"] == "waiting"]
    found = {
        "messages": SmsMessage.objects.filter(waiting).count(),
        "replies": len(replies_to_take(100)),
        "pushes": len(pushes),
        "questions": FollowUp.objects.filter(state__in=FOLLOW_UP_OPEN).count(),
    }
    return {name: number for name, number in found.items() if number}
