"""The geometry of the charts: numbers in, coordinates out. Drawn by templates as SVG; each has its table beside it.

Coordinates are texts as SVG takes them: a template would write a number in the reader's language.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from insights.rates import Mean

WIDTH, HEIGHT = 720, 240
LEFT, RIGHT, TOP, BOTTOM = 56, 8, 12, 36
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
_LABELS = 7


@dataclass(frozen=True)
class Tick:
    """A label on an axis, at ``at`` (x or y)."""

    at: str
    label: str


@dataclass(frozen=True)
class Bar:
    """One column, and what it stands for."""

    x: str
    y: str
    width: str
    height: str
    title: str


@dataclass(frozen=True)
class Whisker:
    """A mean at ``x``, ``y`` with its interval ``y_high`` (above) … ``y_low``; without one the two are equal."""

    x: str
    y: str
    y_low: str
    y_high: str
    is_enough: bool
    title: str


@dataclass(frozen=True)
class Chart:
    """A chart over days: marks and the ticks of both axes, in a box of ``WIDTH`` × ``HEIGHT``."""

    bars: Sequence[Bar] = ()
    whiskers: Sequence[Whisker] = ()
    y_ticks: Sequence[Tick] = ()
    x_ticks: Sequence[Tick] = ()
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    left: str = str(LEFT)
    left_of_axis: str = str(LEFT - 8)
    right: str = str(WIDTH - RIGHT)
    below_axis: str = str(HEIGHT - BOTTOM + 26)


def bar_chart(days: Sequence[date], values: Sequence[int]) -> Chart:
    """How many on each day."""
    top = nice_top(max(values, default=0))
    step = _PLOT_WIDTH / max(len(days), 1)
    return Chart(
        bars=[
            Bar(
                x=_text(LEFT + number * step + step * 0.12),
                y=_text(_y(value, 0, top)),
                width=_text(step * 0.76),
                height=_text(HEIGHT - BOTTOM - _y(value, 0, top)),
                title=f"{day:%Y-%m-%d}: {value}",
            )
            for number, (day, value) in enumerate(zip(days, values, strict=True))
        ],
        y_ticks=[Tick(_text(_y(value, 0, top)), f"{value:,}") for value in sorted({0, top // 2, top})],
        x_ticks=_day_ticks(days),
    )


def mean_chart(days: Sequence[date], means: Sequence[Mean]) -> Chart:
    """The mean grade of each day with its interval; days without a grade stay empty."""
    step = _PLOT_WIDTH / max(len(days), 1)
    return Chart(
        whiskers=[
            _whisker(day, mean, LEFT + (number + 0.5) * step)
            for number, (day, mean) in enumerate(zip(days, means, strict=True))
            if mean.value is not None
        ],
        y_ticks=[Tick(_text(_y(grade, 1, 5)), str(grade)) for grade in range(1, 6)],
        x_ticks=_day_ticks(days),
    )


def _whisker(day: date, mean: Mean, x: float) -> Whisker:
    value = mean.value or 0.0
    low = value if mean.low is None else mean.low
    high = value if mean.high is None else mean.high
    title = f"{day:%Y-%m-%d}: {value:.2f} ({low:.2f}–{high:.2f}), n = {mean.n}"
    y, y_low, y_high = (_text(_y(grade, 1, 5)) for grade in (value, low, high))
    return Whisker(_text(x), y, y_low, y_high, mean.is_enough, title)


def nice_top(highest: int) -> int:
    """The smallest of 2, 4, 10, 20, 40, 50, 100 … that is not below ``highest``: its half is a whole number."""
    scale = 1
    while True:
        for step in (2, 4, 10):
            if step * scale >= highest:
                return step * scale
        scale *= 10


def _y(value: float, bottom: float, top: float) -> float:
    return TOP + _PLOT_HEIGHT * (1 - (value - bottom) / (top - bottom))


def _text(number: float) -> str:
    return f"{number:.1f}"


def _day_ticks(days: Sequence[date]) -> list[Tick]:
    step = _PLOT_WIDTH / max(len(days), 1)
    every = max(1, -(-len(days) // _LABELS))
    # Counted back from the last day, which is the one people look for.
    chosen = range(len(days) - 1, -1, -every)
    return [Tick(_text(LEFT + (number + 0.5) * step), f"{days[number]:%m-%d}") for number in sorted(chosen)]
