"""When residents may be written to and called, and how often.

The bureau's own rules: SMS to residents 09:00–12:00 and 14:00–20:00 only; one survey in 30 days per person, never two
messages on a day; a dissatisfied answer is called back within 24 clock hours, and nobody is called 21:00–08:00 (the
night rule after 广州). Hours and days of people are those of the bureau's zone, spans are clock time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

# The clock that the rooms share knows Django; this logic does not.
BUREAU_ZONE = ZoneInfo("Asia/Shanghai")

Window = tuple[time, time]  # from the first moment up to the second, which is no longer in it
WINDOWS: tuple[Window, ...] = ((time(9), time(12)), (time(14), time(20)))
NIGHT: Window = (time(21), time(8))
SURVEY_DAYS = 30

_ONE_DAY = timedelta(days=1)


def windows_read(text: str) -> tuple[Window, ...]:
    """The windows in ``09:00-12:00,14:00-20:00``, for ``SendingHours``; 24:00 is the end of the day.

    ValueError for anything else, and for windows that ``SendingHours`` would not take.
    """
    windows = tuple(_window(part) for part in text.split(","))
    SendingHours(windows)
    return windows


def _window(text: str) -> Window:
    start, separator, end = text.strip().partition("-")
    if not separator:
        raise ValueError(f"{text!r} is no window like 09:00-12:00")
    return time.fromisoformat(start.strip()), time.max if end.strip() == "24:00" else time.fromisoformat(end.strip())


@dataclass(frozen=True)
class SendingHours:
    """The hours in which SMS may go to residents: ``windows`` of one day in ``zone``, ascending.

    ValueError where there is no window, one is empty or turned round, or two overlap.
    """

    windows: tuple[Window, ...] = WINDOWS
    zone: tzinfo = BUREAU_ZONE

    def __post_init__(self) -> None:
        """Refuse windows that cannot be walked through in order."""
        edges = [edge for window in self.windows for edge in window]
        if not edges or edges != sorted(edges) or any(start == end for start, end in self.windows):
            raise ValueError("sending hours need windows in order, each with its start before its end")

    def is_allowed(self, at: datetime) -> bool:
        """Whether a message may leave at ``at``: at 09:00 sharp it may, at 12:00 sharp no more."""
        clock = _local(at, self.zone).time()
        return any(start <= clock < end for start, end in self.windows)

    def next_allowed(self, at: datetime) -> datetime:
        """``at`` itself where that is allowed, else the start of the next window; in ``zone``.

        ValueError for a naive moment.
        """
        local = _local(at, self.zone)
        if self.is_allowed(local):
            return local
        days = (local.date(), local.date() + _ONE_DAY)
        starts = (datetime.combine(day, start, tzinfo=self.zone) for day in days for start, _ in self.windows)
        return next(start for start in starts if start > local)


def may_call(at: datetime, quiet: Window = NIGHT, zone: tzinfo = BUREAU_ZONE) -> bool:
    """Whether a resident may be called at ``at``: at 08:00 sharp again, at 21:00 sharp no more."""
    return _night_around(_local(at, zone), quiet) is None


def call_due_at(asked_at: datetime, hours: int = 24, quiet: Window = NIGHT, zone: tzinfo = BUREAU_ZONE) -> datetime:
    """By when a call must be made that was asked for at ``asked_at``: clock hours, none at night; in ``zone``.

    The limit is ``hours`` later. In the night nobody may call, so a limit there moves back to the start of the night:
    the promise of 24 hours is kept, never stretched. Only a span no longer than the night may leave no time to call:
    asked for at night, it runs from the end of the night (two hours from 22:00 end at 10:00). So who asked later is
    never due earlier, and every span above 0 leaves a moment to call in. ValueError for a naive moment, negative
    ``hours``, or a night without an end.
    """
    if hours < 0:
        raise ValueError(f"{hours} hours")
    asked, span = _local(asked_at, zone), timedelta(hours=hours)
    night = _night_around(asked, quiet)
    if night and span <= night[1] - night[0]:
        asked = night[1]
    due = _later(asked, span)
    night = _night_around(due, quiet)
    return night[0] if night else due


def contact_budget(
    previous: Sequence[datetime],
    now: datetime,
    *,
    messages: Sequence[datetime] = (),
    days: int = SURVEY_DAYS,
    zone: tzinfo = BUREAU_ZONE,
) -> datetime:
    """From when on a person may be sent the next survey; ``now`` where nothing is in the way; in ``zone``.

    ``previous`` are the surveys to this person, sent or planned, in any order: the next may leave ``days`` × 24 hours
    after the last. ``messages`` are all other SMS to the person: on a bureau day that has a message there is no second,
    so the answer is then the start of the first day without one. Put it through ``SendingHours.next_allowed``, which
    stays on that day, or moves to the next one in the evening: ask again then. ValueError for naive moments.
    """
    surveys = [_local(moment, zone) for moment in previous]
    earliest = max([_local(now, zone), *(_later(survey, timedelta(days=days)) for survey in surveys)])
    taken = {moment.date() for moment in [*surveys, *(_local(message, zone) for message in messages)]}
    while earliest.date() in taken:
        earliest = datetime.combine(earliest.date() + _ONE_DAY, time.min, tzinfo=zone)
    return earliest


def _local(moment: datetime, zone: tzinfo) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(zone)


def _later(moment: datetime, span: timedelta) -> datetime:
    """``span`` of clock time later, in the zone of ``moment``: plain addition would move the hands instead."""
    return (moment.astimezone(UTC) + span).astimezone(moment.tzinfo)


def _night_around(local: datetime, quiet: Window) -> tuple[datetime, datetime] | None:
    """The start and end of the quiet time that ``local`` lies in, the end excluded."""
    falls, ends = quiet
    if falls == ends:
        raise ValueError("a quiet time needs an end that is not its start")
    length = _ONE_DAY if falls > ends else timedelta(0)
    for day in (local.date() - _ONE_DAY, local.date()):
        start = datetime.combine(day, falls, tzinfo=local.tzinfo)
        end = datetime.combine(day + length, ends, tzinfo=local.tzinfo)
        if start <= local < end:
            return start, end
    return None
