"""When a unit is to be interviewed, and how the facts are put. Pure: plain data in, answers and Chinese text out.

The interval is Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical inference", JASA 22,
209–212. It stands here a second time (the dashboard has its own): this room may not read the one to its right.
"""

import math
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

from measures.working_days import WorkingCalendar

_Z = NormalDist().inv_cdf(0.975)
# The unit has the matter in hand and has not answered: only then is it the unit that is late.
WITH_THE_UNIT = ("dispatched", "handling")
# Not over, and not taken out of the unit's hands: an answer of the resident may lead to a notice.
ALIVE = (*WITH_THE_UNIT, "submitted", "following_up")


@dataclass(frozen=True)
class Standing:
    """How a matter stands: ``last_day`` is the last day of its term, ``dissatisfied`` how often its resident was so."""

    state: str
    last_day: date
    dissatisfied: int = 0
    is_left_out: bool = False


@dataclass(frozen=True)
class Counted:
    """``positive`` of ``n`` matters."""

    positive: int
    n: int

    @property
    def share(self) -> float:
        return self.positive / self.n


def days_late(standing: Standing, today: date, calendar: WorkingCalendar) -> int:
    """Working days by which the unit is late; 0 when it is in time or has answered."""
    if standing.state not in WITH_THE_UNIT:
        return 0
    return max(0, calendar.between(standing.last_day, today))


def is_overdue(standing: Standing, amount: int, today: date, calendar: WorkingCalendar) -> bool:
    """Whether the matter is ``amount`` working days overdue."""
    return not standing.is_left_out and 0 < amount <= days_late(standing, today, calendar)


def is_dissatisfied(standing: Standing, amount: int) -> bool:
    """Whether the resident of this one matter was dissatisfied ``amount`` times."""
    return standing.state in ALIVE and not standing.is_left_out and standing.dissatisfied >= amount


def is_below(floor: float, counted: Counted, minimum: int) -> bool:
    """Whether a share lies below ``floor`` (0 … 1) beyond doubt: enough matters, the whole interval below."""
    return counted.n >= max(1, minimum) and interval(counted)[1] < floor


def interval(counted: Counted) -> tuple[float, float]:
    """The 95 % Wilson score interval of a share (0 … 1); ``n`` > 0."""
    share, n = counted.share, counted.n
    centre = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z / (1 + _Z * _Z / n) * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


# The paper is Chinese whatever the office's language is ---------------------------------------------------------------
def overdue_text(count: int, amount: int, today: date) -> str:
    """The facts of matters overdue."""
    return f"截至{_day(today)}，你单位承办的{count}件群众诉求事项超过办理期限{amount}个工作日以上，仍未办结反馈。"


def dissatisfied_text(times: Collection[int]) -> str:
    """The facts of matters whose residents were dissatisfied again; ``times`` has one number a matter."""
    return f"你单位承办的{len(times)}件群众诉求事项，经回访，同一事项群众{min(times)}次以上答复不满意或者未解决。"


def floor_text(rate: str, counted: Counted, floor: float, since: date, today: date) -> str:
    """The facts of a rate below its floor, with n and interval: a rate never comes alone."""
    low, high = interval(counted)
    what = {
        "satisfied": f"收到回访答复{counted.n}份，其中满意或者基本满意{counted.positive}份，占比",
        "on_time": f"到期{counted.n}件，其中按期反馈{counted.positive}件，按期办结率",
    }[rate]
    return (
        f"{_day(since)}至{_day(today)}，你单位承办的群众诉求事项{what}{counted.share:.1%}"
        f"（95%置信区间{low:.1%}至{high:.1%}），低于分局确定的下限{floor:.1%}。"
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
