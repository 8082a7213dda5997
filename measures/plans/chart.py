"""The geometry of the picture of before and after: numbers in, coordinates out; the template draws them as SVG.

Coordinates are texts as SVG takes them: a template would write a number in the reader's language.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from measures.plans.effects import Windows

WIDTH, HEIGHT = 720, 170
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 14, 30
_BINS = 10
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bar:
    """Some days together: how many voices a day, and what the bar stands for."""

    x: str
    y: str
    width: str
    height: str
    title: str
    is_after: bool


@dataclass(frozen=True)
class Chart:
    """Bars before and after, the line of the issue between them, one tick on the left."""

    bars: list[Bar]
    middle: str
    top_label: str
    first_day: str
    last_day: str
    issue_day: str
    view_box: str = f"0 0 {WIDTH} {HEIGHT}"
    left: str = str(LEFT)
    right: str = str(WIDTH - RIGHT)
    top: str = str(TOP)
    base: str = str(HEIGHT - BOTTOM)
    labels_at: str = str(HEIGHT - BOTTOM + 20)
    left_of_axis: str = str(LEFT - 6)


def effects_chart(windows: Windows, by_day: Mapping[date, int]) -> Chart:
    """Voices a day in some ten bars on either side; all bars but the outermost hold the same number of days."""
    bins = _bins(windows)
    values = [sum(by_day.get(day, 0) for day in days) / len(days) for days in bins]
    top = max([*values, 0.1])
    step = (WIDTH - LEFT - RIGHT) / len(bins)
    return Chart(
        bars=[
            _bar(number, days, value, step=step, top=top, is_after=days[0] >= windows.after[0])
            for number, (days, value) in enumerate(zip(bins, values, strict=True))
        ],
        middle=_text(LEFT + (WIDTH - LEFT - RIGHT) / 2),
        top_label=f"{top:.1f}",
        first_day=f"{windows.before[0]:%Y-%m-%d}",
        last_day=f"{windows.after[1]:%Y-%m-%d}",
        issue_day=f"{windows.after[0] - _ONE_DAY:%Y-%m-%d}",
    )


def _bins(windows: Windows) -> list[list[date]]:
    """Days together, counted from the issue outwards, in the order of time."""
    size = -(-windows.days // _BINS)
    after = [windows.after[0] + number * _ONE_DAY for number in range(windows.days)]
    before = [windows.before[1] - number * _ONE_DAY for number in range(windows.days)]
    parts = range(0, windows.days, size)
    return [before[part : part + size][::-1] for part in parts][::-1] + [after[part : part + size] for part in parts]


def _bar(number: int, days: list[date], value: float, *, step: float, top: float, is_after: bool) -> Bar:
    height = (HEIGHT - TOP - BOTTOM) * value / top
    return Bar(
        x=_text(LEFT + number * step + step * 0.1),
        y=_text(HEIGHT - BOTTOM - height),
        width=_text(step * 0.8),
        height=_text(height),
        title=f"{days[0]:%m-%d}–{days[-1]:%m-%d}: {value:.1f}",
        is_after=is_after,
    )


def _text(number: float) -> str:
    return f"{number:.1f}"
