"""How the dashboard prints what was measured: always whole, never a bare rate."""

from typing import Any

from django import template
from django.urls import reverse
from django.utils.http import urlencode

from insights.rates import Change, Mean, Measured

register = template.Library()


@register.inclusion_tag("insights/measured.html")
def measured(value: Measured, *, drawn: bool = False) -> dict[str, Any]:
    """A mean or a share with n and interval; greyed when too few answered. ``drawn`` adds the interval as a picture."""
    is_mean = isinstance(value, Mean)
    reply_rate = None if isinstance(value, Mean) else value.reply_rate
    low_end, high_end = (1.0, 5.0) if is_mean else (0.0, 1.0)

    def place(number: float | None) -> float:
        return round(100 * ((low_end if number is None else number) - low_end) / (high_end - low_end), 1)

    return {
        "value": value,
        "is_mean": is_mean,
        "shown": _shown(value.value, is_mean=is_mean),
        "low": _shown(value.low, is_mean=is_mean).removesuffix(" %"),
        "high": _shown(value.high, is_mean=is_mean),
        "reply_rate": _shown(reply_rate, is_mean=False),
        "is_drawn": drawn and value.low is not None,
        "x": max(0.0, place(value.value) - 1),
        "x_low": place(value.low),
        "x_width": round(place(value.high) - place(value.low), 1),
    }


def _shown(number: float | None, *, is_mean: bool) -> str:
    if number is None:
        return ""
    return f"{number:.2f}" if is_mean else f"{100 * number:.1f} %"


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


@register.filter
def percent_of(share: float) -> str:
    """A part (0 … 1) as a length for a bar, in per cent of the row's longest."""
    return f"{100 * share:.1f}"


@register.simple_tag
def queue_link(filters: dict[str, Any]) -> str:
    """The address of the queue list with these filters."""
    return f"{reverse('queue:list')}?{urlencode(filters)}"
