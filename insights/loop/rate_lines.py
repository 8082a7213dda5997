"""The lines of "Was it solved?": every rate with what it is a share of, and its change against the period before."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from insights.loop.selectors import LoopSums, Sums
from insights.loop_rates import (
    Course,
    Indicators,
    Weights,
    first_time_rate,
    handled_again_rate,
    indicators_of,
    late_rate,
    repeat_rate,
    return_rate,
    sms_reply_rate,
)
from insights.models import Dimension, LoopDimension
from insights.rates import Change, Rate, change_of
from insights.selectors import Tallies


@dataclass(frozen=True)
class RateLine:
    """One rate with what it is a share of, and its change against the period before.

    ``is_asked``: it is a share of answers, and not of what the portal counts by itself.
    """

    name: str
    note: str
    value: Rate
    before: Rate
    change: Change | None
    is_asked: bool


def rate_lines(sums: LoopSums, weights: Weights, voices: Tallies) -> list[RateLine]:
    """All rates of the loop; ``voices`` are the tallies of what was said in the same periods."""
    return [*_answers(sums, weights), *_courses(sums), _repeats(voices)]


def _answers(sums: LoopSums, weights: Weights) -> list[RateLine]:
    """Both periods under the same weights: a new version is no change of what residents say."""
    now, before = (indicators_of(one.call_backs, weights) for one in (sums.now, sums.before))
    plain = {name: _plain(getattr(weights, name)) for name in ("response", "solution", "satisfaction", "basically")}
    composed = _("%(response)s × response + %(solution)s × solution + %(satisfaction)s × satisfaction, %(version)s")
    texts: list[tuple[str, str, Callable[[Indicators], Rate]]] = [
        (_("Response rate"), _("answered within the limit, of those heard"), lambda rates: rates.response),
        (_("Solution rate"), _("solved, of those who said whether it is"), lambda rates: rates.solution),
        (
            _("Satisfaction rate"),
            _("satisfied + %(basically)s × basically satisfied, of those heard") % plain,
            lambda rates: rates.satisfaction,
        ),
        (_("Composite"), composed % {**plain, "version": f"v{weights.version}"}, lambda rates: rates.composite),
    ]
    lines = [_rate_line(name, note, rate(now), rate(before), is_asked=True) for name, note, rate in texts]
    sms = _rate_line(_("SMS reply rate"), _("answers that can be read, of SMS sent"), _sms(sums.now), _sms(sums.before))
    return [*lines, sms]


def _sms(sums: Sums) -> Rate:
    return sms_reply_rate(sums.of(LoopDimension.FOLLOW, "sms_answered"), sums.of(LoopDimension.FOLLOW, "sms_sent"))


def _plain(weight: Decimal) -> str:
    return f"{weight.normalize():f}"


def _courses(sums: LoopSums) -> list[RateLine]:
    rates: list[tuple[str, str, Callable[[Course], Rate]]] = [
        (
            _("Solved at the first time"),
            _("never reopened, of those closed with the resident heard"),
            first_time_rate,
        ),
        (_("Handled again"), _("sent back by review or reopened, of matters closed"), handled_again_rate),
        (_("Late"), _("last answer after the limit, of matters closed"), late_rate),
        (_("Given back"), _("of matters sent to a unit"), return_rate),
    ]
    return [_rate_line(name, note, rate(sums.now.course), rate(sums.before.course)) for name, note, rate in rates]


def _repeats(voices: Tallies) -> RateLine:
    now, before = (_repeat_rate(count, voices.keys(Dimension.STATE)) for count in (voices.now, voices.before))
    return _rate_line(_("Said before"), _("duplicates, of texts that the centre has judged"), now, before)


def _repeat_rate(count: Callable[[Dimension, str], Any], states: set[str]) -> Rate:
    judged = sum(count(Dimension.STATE, state).voices for state in states - {"received", "rated", "withdrawn"})
    return repeat_rate(count(Dimension.STATE, "duplicate").voices, judged)


def _rate_line(name: str, note: str, value: Rate, before: Rate, *, is_asked: bool = False) -> RateLine:
    return RateLine(name, note, value, before, change_of(value, before), is_asked)
