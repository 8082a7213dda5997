"""How the dashboard prints what was measured: always whole, never a bare rate."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from insights.rates import Change, Mean, Measured, Rate

register = template.Library()


# A page shows some two hundred of these: built here, they cost a tenth of what a template of their own would.
# Nothing but figures and the catalogue's own words goes into them, so there is nothing to escape.
@register.simple_tag
def measured(value: Measured, *, drawn: bool = False) -> SafeString:
    """A mean or a share, whole: value, n, interval, reply rate; greyed and said so where too few answered.

    ``drawn`` adds the interval as a picture on the scale 1 … 5 or 0 … 100 %.
    """
    if value.value is None:
        nobody = _("no answers")
        return mark_safe(f'<span class="measured"><span class="measured-none">{nobody}</span></span>')  # noqa: S308
    note = _("too few to judge")
    few = "" if value.is_enough else f' <span class="measured-note">{note}</span>'
    return mark_safe(  # noqa: S308  # see above
        f'<span class="measured{" measured-few" if few else ""}">'
        f'<strong class="measured-value">{_shown(value, value.value)}</strong>{_picture(value) if drawn else ""}'
        f' <span class="measured-n">{_certainty(value)}</span>{few}</span>'
    )


def _certainty(value: Measured) -> str:
    """n, and behind it the interval and the reply rate where there are any."""
    parts = [f"<span>n = {value.n:,}</span>"]
    if value.low is not None and value.high is not None:
        interval = f"{_shown(value, value.low).removesuffix(' %')}–{_shown(value, value.high)}"
        title = _("95 % confidence interval")
        parts.append(f'<span><abbr title="{title}">95 %</abbr> {interval}</span>')
    if isinstance(value, Rate) and value.reply_rate is not None:
        reply_rate = _("reply rate %(rate)s") % {"rate": _shown(value, value.reply_rate)}
        parts.append(f"<span>{reply_rate}</span>")
    return ' <span class="measured-dot" aria-hidden="true">·</span> '.join(parts)


def _picture(value: Measured) -> str:
    if value.value is None or value.low is None or value.high is None:
        return ""
    start, length = (1.0, 4.0) if isinstance(value, Mean) else (0.0, 1.0)
    x, low, high = (100 * (number - start) / length for number in (value.value, value.low, value.high))
    return (
        ' <svg class="interval" viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="interval-scale" x="0" y="5.5" width="100" height="1"/>'
        f'<rect class="interval-range" x="{low:.1f}" y="3.5" width="{high - low:.1f}" height="5"/>'
        f'<rect class="interval-value" x="{max(0.0, x - 1):.1f}" y="1" width="2" height="10"/></svg>'
    )


def _shown(value: Measured, number: float) -> str:
    return f"{number:.2f}" if isinstance(value, Mean) else f"{100 * number:.1f} %"


@register.inclusion_tag("insights/change.html")
def change(value: Change | None, unit: str = "") -> dict[str, Any]:
    """环比: the change in per cent and in points, and whether the intervals allow to call it one.

    ``unit`` is grade or share (then in percentage points), or empty for a plain count.
    """
    if value is None:
        return {"change": None}
    points = value.points * (100 if unit == "share" else 1)
    return {
        "change": value,
        "unit": unit,
        "sign": "+" if points > 0 else "−" if points < 0 else "",
        "percent": None if value.percent is None else f"{abs(value.percent):.2f}",
        "points": f"{abs(points):.2f}",
    }


@register.filter
def thousands(number: int) -> str:
    """``12345`` as ``12,345``."""
    return f"{number:,}"
