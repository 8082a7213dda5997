"""How a page prints what was measured before and after: always whole, never a bare figure. ``{% load plans %}``"""

import math

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from measures.plans.effects import ENOUGH, Comparison, Difference, Estimate, Verdict

register = template.Library()


@register.simple_tag
def estimate(value: Estimate, kind: str) -> SafeString:
    """A count (``kind`` "count") or a mean grade ("mean") with its n and its 95 % interval."""
    if value.value is None:
        return format_html('<span class="muted">{}</span>', _("no answers"))
    shown = f"{value.value:,}" if kind == "count" else f"{value.value:.2f}"
    n = "" if kind == "count" else f"n = {value.n:,} · "
    return format_html(
        '<strong class="figure">{}</strong> <span class="muted small">{}{}</span>',
        shown,
        n,
        _interval(value, kind),
    )


def _interval(value: Estimate, kind: str) -> str:
    if value.low is None or value.high is None:
        return _("too few for an interval")
    digits = 0 if kind == "count" else 2
    return f"95 % {value.low:,.{digits}f}–{value.high:,.{digits}f}"


@register.simple_tag
def difference(value: Difference, kind: str) -> SafeString:
    """A difference with its interval: a ratio for counts, points of the grade for means."""
    if value.value is None or value.low is None or value.high is None:
        return format_html('<span class="muted">{}</span>', _plain(value, kind))
    return format_html(
        '<strong class="figure">{}</strong> <span class="muted small nowrap">95 % {}–{}</span>',
        _shown(value.value, kind), _shown(value.low, kind), _shown(value.high, kind),
    )  # fmt: skip


def _plain(value: Difference, kind: str) -> str:
    return "–" if value.value is None else _shown(value.value, kind)


def _shown(number: float, kind: str) -> str:
    if kind == "count":
        return "∞" if math.isinf(number) else f"× {number:.2f}"
    return f"{number:+.2f}".replace("-", "−")


@register.simple_tag
def verdict(value: Comparison, kind: str) -> str:
    """What may honestly be said of a comparison."""
    told = {
        Verdict.FEW: _("Too few to judge."),
        Verdict.UNCLEAR: _("No change that could be told from chance."),
        Verdict.MORE: _("Clearly more than before.") if kind == "count" else _("Clearly better than before."),
        Verdict.LESS: _("Clearly fewer than before.") if kind == "count" else _("Clearly worse than before."),
    }
    few = (
        _("It takes at least %(n)d on each side.") if kind == "mean" else _("It takes at least %(n)d in both together.")
    )
    return (
        f"{told[value.change.verdict]} {few % {'n': ENOUGH}}"
        if value.change.verdict is Verdict.FEW
        else told[value.change.verdict]
    )


@register.simple_tag
def grades_picture(value: Estimate) -> SafeString:
    """A mean and its interval on the scale 1 … 5; nothing where there is none."""
    if value.value is None or value.low is None or value.high is None:
        return SafeString("")
    x, low, high = (100 * (number - 1) / 4 for number in (value.value, value.low, value.high))
    return format_html(
        '<svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="interval-scale" x="0" y="5.5" width="100" height="1"/>'
        '<rect class="interval-range" x="{}" y="3.5" width="{}" height="5"/>'
        '<rect class="interval-value" x="{}" y="1" width="2" height="10"/></svg>',
        f"{low:.1f}", f"{high - low:.1f}", f"{max(0.0, x - 1):.1f}",
    )  # fmt: skip
