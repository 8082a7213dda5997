"""The voices that wait to be dispatched, oldest first: a page by key, each line as the queue draws it."""

from dataclasses import dataclass

from accounts.models import Officer
from feedback.queue.choices import Reference
from feedback.queue.rows import CappedCount, Row, rows_of
from measures.matters.selectors import COUNT_CAP, PAGE, feedback_waiting
from measures.models import Measure


@dataclass(frozen=True)
class WaitingPage:
    """Fifty voices, how many there are, and where the next page begins."""

    rows: list[Row]
    count: str
    next_key: int | None


def waiting_page(
    officer: Officer, reference: Reference, *, item: str = "", measure: Measure | None = None, after: str = ""
) -> WaitingPage:
    """What waits under ``item``, or under the items of ``measure``."""
    items = [item] if item else [one.code for one in measure.items.all()] if measure else None
    found = feedback_waiting(officer, items=items)
    beyond = found.filter(pk__gt=int(after)) if after.isascii() and after.isdigit() and len(after) <= 18 else found
    matching = CappedCount(found.order_by().values("pk")[: COUNT_CAP + 1])
    rows = rows_of(beyond.order_by("id")[: PAGE + 1], reference, in_full=True, matching=matching)
    number = rows[0].matching if rows else 0
    return WaitingPage(
        rows=rows[:PAGE],
        count=f"{COUNT_CAP:,}+" if number > COUNT_CAP else f"{number:,}",
        next_key=rows[PAGE - 1].id if len(rows) > PAGE else None,
    )
