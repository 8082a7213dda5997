"""What a resident is told under the receipt about the matter that deals with the voice: the way, in plain words.

The unit is named, officers never are, and nothing that was written for the office is repeated. Somebody whose message
was joined to another as its duplicate reads the way of the matter that deals with both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import formats
from django.utils.translation import gettext as _

from accounts.models import Unit
from feedback.models import Feedback, State
from feedback.resident.chapters import Chapter, Event
from measures.models import Closing, MatterState, Rectification, RectificationEvent, RectificationVoice
from measures.selectors import units_named
from opinion_portal import clock

_S = MatterState
_A_MOMENT = timedelta(microseconds=1)
# What the office does with one another (asking, returning for rework within a day, supervising) is told where it
# changes something for the resident.
_TOLD = (
    "dispatch", "recall", "redispatch", "submit", "pass", "rework", "reopen", "close", "grant_extension",
    "grant_suspension", "resume", "close_suspended", "grant_appeal", "grant_return", "supervise", "hand_110",
    "hand_petition",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """Where the matter stands: for programmes, as a headline and as a sentence."""

    stage: str
    status: str
    explanation: str


def chapter(feedback: Feedback) -> Chapter | None:
    """The way of the matter that deals with this voice; ``None`` while there is none."""
    if feedback.state not in (State.CONFIRMED, State.DUPLICATE):
        return None
    matter = matter_of(feedback)
    if matter is None:
        return None
    standing = _standing(matter, clock.now())
    is_running = matter.state in (_S.DISPATCHED, _S.HANDLING)
    return Chapter(
        status=standing.status,
        explanation=standing.explanation,
        stage=standing.stage,
        unit=str(matter.lead_unit) if matter.state != _S.RETURNED else "",
        due_on=_last_day(matter.due_at) if is_running else None,
        answer=matter.public_reply,
        events=_events(matter, feedback),
    )


def matter_of(feedback: Feedback) -> Rectification | None:
    """The matter of this voice, or of the one that it was joined to as a duplicate."""
    seen: set[int] = set()
    voice: Feedback | None = feedback
    while voice is not None and voice.pk not in seen:
        link = RectificationVoice.objects.select_related("rectification__lead_unit").filter(feedback=voice).first()
        if link is not None:
            return link.rectification
        seen.add(voice.pk)
        voice = voice.duplicate_of if voice.state == State.DUPLICATE else None
    return None


# Where it stands -----------------------------------------------------------------------------------------------------
def _standing(matter: Rectification, now: datetime) -> Standing:
    facts = {"unit": matter.lead_unit, "day": _day(_last_day(matter.due_at))}
    if matter.state in (_S.DISPATCHED, _S.HANDLING):
        return _with_the_unit(matter, now, facts)
    return _standings(facts)[_S(matter.state)] if matter.state != _S.CLOSED else _closed(matter)


def _with_the_unit(matter: Rectification, now: datetime, facts: dict[str, object]) -> Standing:
    stage = "given" if matter.state == _S.DISPATCHED else "handling"
    if now >= matter.due_at:
        late = _("%(unit)s should have answered by %(day)s. The opinion centre is pressing for the answer.")
        return Standing(stage, _("Being handled, and late"), late % facts)
    if matter.reopen_count:
        again = _("Being handled once more")
        return Standing(stage, again, _("%(unit)s works on it again and has until %(day)s.") % facts)
    return Standing(stage, _("Being handled"), _("%(unit)s works on it and has until %(day)s.") % facts)


def _standings(facts: dict[str, object]) -> dict[MatterState, Standing]:
    return {
        _S.SUBMITTED: Standing(
            "reviewing",
            _("Answered, being looked over"),
            _("%(unit)s has said what it did. The opinion centre looks it over before you read it.") % facts,
        ),
        _S.FOLLOWING_UP: Standing(
            "answered", _("Answered"), _("The opinion centre has looked over what %(unit)s did.") % facts
        ),
        _S.RETURNED: Standing(
            "returned", _("Going to another unit"), _("The opinion centre is choosing the unit that is responsible.")
        ),
        _S.SUSPENDED: Standing(
            "suspended",
            _("Put off"),
            _("It cannot be solved now. A bureau leader agreed to put it off; it is not forgotten."),
        ),
        _S.HANDED_110: Standing(
            "handed_over", _("Handed to 110"), _("It needs police at once, so the command centre has it now.")
        ),
        _S.HANDED_PETITION: Standing(
            "handed_over",
            _("Handed to petition or supervision"),
            _("It is a matter for the petition or supervision office, which answers you itself."),
        ),
    }


def _closed(matter: Rectification) -> Standing:
    told = {
        Closing.HEARD: _("Whoever answered the question about the result was content, so the matter is closed."),
        Closing.IMPOSSIBLE: _("Nobody could be heard about the result, so the opinion centre closed the matter."),
        Closing.APPEALED: _("The opinion centre found that more cannot be done here."),
        Closing.SUSPENDED: _("A bureau leader decided that it cannot be solved."),
    }
    return Standing("closed", _("Closed"), told[Closing(matter.closing)])


# What happened -------------------------------------------------------------------------------------------------------
def _events(matter: Rectification, reader: Feedback) -> list[Event]:
    acts = list(RectificationEvent.objects.filter(rectification=matter, move__in=_TOLD).order_by("id"))
    units = units_named(acts)
    has_moved_on = any(act.move == "redispatch" for act in acts)
    return [Event(act.at, _told(act, matter, units, reader, has_moved_on=has_moved_on)) for act in acts]


def _told(
    act: RectificationEvent, matter: Rectification, units: Mapping[int, Unit], reader: Feedback, *, has_moved_on: bool
) -> str:
    day = _day(_last_day(act.due_at)) if act.due_at else ""
    # Only the present unit is known for certain; the first one of a matter that was given on stays unnamed.
    unit = _("a police unit") if act.move == "dispatch" and has_moved_on else matter.lead_unit
    if act.move == "redispatch":
        unit = units.get(act.data.get("unit", 0)) or act.note
    return _texts()[_told_as(act, reader)] % {"unit": unit, "day": day}


def _told_as(act: RectificationEvent, reader: Feedback) -> str:
    """Whose own answer opened the matter again is not told of it as of somebody else's."""
    is_own = act.move == "reopen" and reader.pk in act.data.get("said_under", ())
    return "reopen_own" if is_own else act.move


def _texts() -> dict[str, str]:
    return {
        "dispatch": _("It was given to %(unit)s, which has until %(day)s."),
        "recall": _("The opinion centre took it back from the unit; another one is being chosen."),
        "redispatch": _("It was given to %(unit)s instead."),
        "submit": _("The unit said what it did."),
        "pass": _("The opinion centre looked over the answer and agreed with it."),
        "rework": _("The opinion centre was not content with the answer and sent it back."),
        "reopen": _("A resident was not satisfied, so the matter was opened again; the unit has until %(day)s."),
        "reopen_own": _("You were not satisfied, so the matter was opened again; the unit has until %(day)s."),
        "close": _("The matter was closed."),
        "grant_extension": _("The unit was given more time, until %(day)s."),
        "grant_suspension": _("A bureau leader agreed to put it off."),
        "resume": _("It was taken up again; the unit has until %(day)s."),
        "close_suspended": _("A bureau leader closed the matter."),
        "grant_appeal": _("The opinion centre closed the matter: more cannot be done."),
        "grant_return": _("The unit was not responsible; another one is being chosen."),
        "supervise": _("The opinion centre pressed the unit in writing."),
        "hand_110": _("It was handed to 110."),
        "hand_petition": _("It was handed to petition or supervision."),
    }


def _last_day(due_at: datetime) -> date:
    return clock.bureau_day(due_at - _A_MOMENT)


def _day(day: date) -> str:
    return formats.date_format(day, "MONTH_DAY_FORMAT")
