"""What stands in the form of a dispatch at first: what the voices say, who may not read it, who could see to it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import Officer, Unit
from accounts.selectors import unit_list
from feedback.models import Feedback, Kind
from feedback.queue.highlight import marked
from feedback.redaction import MARKERS, redact
from feedback.selectors import remarks_visible
from measures.matters.choices import with_units_above
from measures.models import Measure
from measures.selectors import deadline_amount, measures_for_item, reviewers
from measures.working_days import WorkingCalendar
from opinion_portal.clock import BUREAU_ZONE, bureau_day

# Noise, dogs, patrols, counters: they happen at a place, and the station of that place sees to them first.
_LOCAL_CATEGORIES = frozenset({"P", "S"})
_TITLE_MAX = 100


@dataclass(frozen=True)
class Voice:
    """One of the voices as the dispatcher reads it: what is taken out of its words is marked in ``texts``."""

    feedback: Feedback
    kind_label: str
    texts: list[SafeString]
    redacted: list[str]
    taken: list[str]


@dataclass(frozen=True)
class Proposal:
    """What could be dispatched. Everything in it is for the centre to change."""

    item: str
    measure_id: int | None
    lead_unit_id: int | None
    support_unit_ids: list[int]
    title: str
    brief: str


@dataclass(frozen=True)
class Barred:
    """A unit that may not get the matter, and because of which voices (empty: one below it is meant)."""

    unit: Unit
    references: list[str]


@dataclass(frozen=True)
class Term:
    """How long a unit has from now: ``days`` working days until ``last_day``; years the calendar only guesses."""

    days: int
    last_day: date
    uncertain_years: list[int]


def voices_shown(officer: Officer, chosen: Sequence[Feedback]) -> list[Voice]:
    """The voices with their remarks. The words are those received: this is for officers who read in full."""
    return [_voice(officer, feedback) for feedback in chosen]


def _voice(officer: Officer, feedback: Feedback) -> Voice:
    said = [feedback.content, *(remark.content for remark in remarks_visible(officer, feedback))]
    found = [(text, redact(text)) for text in said if text]
    kinds = [MARKERS[span.kind] for _text, redacted in found for span in redacted.spans]
    return Voice(
        feedback=feedback,
        kind_label=str(Kind(feedback.kind).label) if feedback.kind else "",
        texts=[marked(text, [(one.start, one.end, "taken-out") for one in red.spans]) for text, red in found],
        redacted=[redacted.text for _text, redacted in found],
        taken=list(dict.fromkeys(kinds)),
    )


def barred_units(voices: Sequence[Feedback]) -> list[Barred]:
    """The units that one of the voices is about, unless it praises them, and those above them."""
    about: dict[int, list[str]] = {}
    for voice in voices:
        if voice.about_unit_id is not None and voice.kind != Kind.PRAISE:
            about.setdefault(voice.about_unit_id, []).append(voice.reference)
    units = list(unit_list())
    barred = with_units_above(about, units)
    return [
        Barred(unit, about.get(unit.pk, [])) for unit in units if unit.pk in barred and unit.kind != Unit.Kind.BUREAU
    ]


def proposal_for(voices: Sequence[Voice], barred: Sequence[Barred], measure: Measure | None) -> Proposal:
    """The item most voices have, its newest measure, that measure's units (or the place's station), a redacted text."""
    chosen = [voice.feedback for voice in voices]
    item = Counter(feedback.item_id or "" for feedback in chosen).most_common(1)[0][0]
    measure = measure or measures_for_item(item).first()
    lead, support = _units(chosen, item, measure, {one.unit.pk for one in barred})
    return Proposal(
        item=item,
        measure_id=measure.pk if measure else None,
        lead_unit_id=lead,
        support_unit_ids=support,
        title=_title(chosen),
        brief=_brief(voices),
    )


def _units(
    voices: Sequence[Feedback], item: str, measure: Measure | None, barred: set[int]
) -> tuple[int | None, list[int]]:
    stations = {voice.point.station_id for voice in voices if voice.point is not None}
    station = next(iter(stations)) if len(stations) == 1 else None
    wanted = [measure.lead_unit_id, *_support_of(measure)] if measure else []
    if station is not None and (item[:1] in _LOCAL_CATEGORIES or not wanted):
        wanted.insert(0, station)
    free = [unit for unit in dict.fromkeys(wanted) if unit not in barred]
    # Who reviews must not handle: a unit of reviewers is proposed to lead where the measure says so, never to help.
    reviewing = set(reviewers().values_list("unit", flat=True))
    return (free[0], [unit for unit in free[1:] if unit not in reviewing]) if free else (None, [])


def _support_of(measure: Measure) -> list[int]:
    return list(measure.support_units.values_list("pk", flat=True))


def _title(voices: Sequence[Feedback]) -> str:
    """The place, where it is one, and the item."""
    item = str(voices[0].item or "")
    places = {str(voice.point) for voice in voices if voice.point is not None}
    title = f"{next(iter(places))}：{item}" if len(places) == 1 else item
    if len(voices) > 1:
        title = _("%(title)s (%(n)d messages)") % {"title": title, "n": len(voices)}
    return title[:_TITLE_MAX]


def _brief(voices: Sequence[Voice]) -> str:
    """The redacted words; several voices are numbered."""
    said = [_("\nAdded: ").join(voice.redacted) for voice in voices]
    if len(said) == 1:
        return said[0]
    return "\n".join(f"（{number}）{text}" for number, text in enumerate(said, 1))


def term_from(now: datetime, calendar: WorkingCalendar) -> Term:
    """The term of a matter that is dispatched at ``now``."""
    days = deadline_amount("handle")
    last_day = calendar.due_day(now, days, BUREAU_ZONE)
    return Term(days, last_day, calendar.uncertain_years(bureau_day(now), last_day))
