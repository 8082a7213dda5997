"""What the pages of matters show. Every read starts from what the officer may see."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.models import Feedback, Kind, State
from feedback.queue.rows import CappedCount
from measures.matters.piles import WITH_UNIT, Pile, condition
from measures.matters.rows import Row, rows_of
from measures.models import Evidence, MatterRequest, MatterState, Rectification, RectificationVoice
from measures.selectors import asked_anew_at, matters_visible
from measures.working_days import WorkingCalendar

PAGE = 50
COUNT_CAP = 1000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REFERENCE = re.compile(r"^\s*[MmＭｍ]\s*[-－—]?\s*0*([0-9]{1,18})\s*$")
_KEY = re.compile(r"^([0-9]{1,17})\.([0-9]{1,18})$")


@dataclass(frozen=True)
class MatterFilter:
    """What the officer asked for; an empty field asks nothing."""

    pile: Pile
    state: str = ""
    unit: int | None = None
    item: str = ""
    measure: int | None = None
    lateness: str = ""
    escalation: str = ""
    search: str = ""

    def names_in_use(self) -> list[str]:
        """The filters that are set, without their values."""
        return [name for name, value in vars(self).items() if name != "pile" and value not in ("", None)]


@dataclass(frozen=True)
class MatterPage:
    """One page of matters, how many match, and the keys of the neighbouring pages."""

    rows: list[Row]
    count: str
    previous_key: str = ""
    next_key: str = ""

    @property
    def shown_ids(self) -> list[int]:
        return [row.id for row in self.rows]


def reference_parse(text: str) -> int | None:
    """The number in ``M-00001234`` as people type it, or ``None``."""
    match = _REFERENCE.match(text)
    return int(match[1]) if match else None


def matter_by_reference(officer: Officer, number: int) -> int | None:
    """The matter of this number when ``officer`` may read it; whether there is another nobody learns."""
    return matters_visible(officer).filter(pk=number).values_list("pk", flat=True).first()


def matter_page(
    officer: Officer,
    visible: QuerySet[Rectification],
    wanted: MatterFilter,
    *,
    now: datetime,
    calendar: WorkingCalendar,
    key: str = "",
    direction: Literal["next", "previous"] = "next",
) -> MatterPage:
    """Fifty of the matters ``visible`` to ``officer`` after (or before) ``key``."""
    found = visible.filter(_conditions(officer, wanted, now))
    matching = CappedCount(found.order_by().values("pk")[: COUNT_CAP + 1])
    ordered, is_later = _ordered(found, wanted.pile, key, forward=direction == "next")
    # The page is found first: names are looked up for its rows alone, not for every matter that matches.
    chosen = Rectification.objects.filter(pk__in=ordered.values("pk")[: PAGE + 1]).order_by(*ordered.query.order_by)
    rows = rows_of(chosen, now=now, calendar=calendar, matching=matching)
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if direction == "previous":
        rows.reverse()
    has_previous = more if direction == "previous" else is_later
    has_next = more if direction == "next" else True
    return MatterPage(
        rows=rows,
        count=_capped(rows[0].matching if rows else 0),
        previous_key=_key_of(rows[0]) if rows and has_previous else "",
        next_key=_key_of(rows[-1]) if rows and has_next else "",
    )


def _conditions(officer: Officer, wanted: MatterFilter, now: datetime) -> Q:
    conditions = condition(wanted.pile, officer, now)
    plain = {
        "state": wanted.state,
        "item": wanted.item,
        "measure": wanted.measure,
        "escalation": wanted.escalation,
    }
    for name, value in plain.items():
        if value not in ("", None):
            conditions &= Q(**{name: value})
    if wanted.unit is not None:
        conditions &= Q(lead_unit=wanted.unit) | Q(Exists(_supported_by(wanted.unit)))
    for word in wanted.search.split()[:8]:
        conditions &= Q(title__icontains=word)
    return conditions & _lateness(wanted.lateness, now)


def _supported_by(unit: int) -> QuerySet[Rectification]:
    through = Rectification.support_units.through.objects
    return through.filter(rectification=OuterRef("pk"), unit=unit)  # type: ignore[return-value]  # rows of the link


def _lateness(lateness: str, now: datetime) -> Q:
    """Overdue or nearly so while with the unit; answered late whatever came after."""
    if lateness == "late":
        return Q(state__in=WITH_UNIT, due_at__lte=now)
    if lateness == "soon":
        return Q(state__in=WITH_UNIT, due_at__gt=now, due_at__lte=now + timedelta(days=3))
    if lateness == "answered_late":
        return Q(submitted_at__gte=F("due_at"))
    return Q()


def _ordered(
    found: QuerySet[Rectification], pile: Pile, key: str, *, forward: bool
) -> tuple[QuerySet[Rectification], bool]:
    """The rows beyond ``key`` in the pile's order (or in its reverse), and whether there was a key to go on from."""
    ascending = pile.by_due == forward
    names = ("due_at", "id") if pile.by_due else ("id",)
    found = found.order_by(*(name if ascending else f"-{name}" for name in names))
    if not (match := _KEY.match(key)):
        return found, False
    number = int(match[2])
    beyond = "gt" if ascending else "lt"
    if not pile.by_due:
        return found.filter(**{f"id__{beyond}": number}), True
    due_at = _EPOCH + timedelta(microseconds=int(match[1]))
    later = Q(**{f"due_at__{beyond}": due_at}) | Q(due_at=due_at, **{f"id__{beyond}": number})
    return found.filter(later), True


def _key_of(row: Row) -> str:
    return f"{(row.due_at - _EPOCH) // timedelta(microseconds=1)}.{row.id}"


def _capped(number: int) -> str:
    return f"{COUNT_CAP:,}+" if number > COUNT_CAP else f"{number:,}"


# One matter ----------------------------------------------------------------------------------------------------------
def evidence_for(officer: Officer, rectification_id: int, evidence_id: int) -> Evidence:
    """One piece of evidence of a matter that ``officer`` may read; raises ``Http404`` for any other."""
    matters = matters_visible(officer).filter(pk=rectification_id).values("pk")
    found = Evidence.objects.filter(pk=evidence_id, rectification__in=matters).first()
    if found is None:
        raise Http404
    return found


@dataclass(frozen=True)
class Shown:
    """The evidence of a matter: what an answer may rest on, and what is older than the last asking (``since``)."""

    counting: list[Evidence]
    earlier: list[Evidence]
    since: datetime | None

    def __len__(self) -> int:
        return len(self.counting) + len(self.earlier)

    @property
    def is_wanting(self) -> bool:
        return bool(self.earlier) and not self.counting


def evidence_of(rectification: Rectification) -> Shown:
    """All evidence of a matter, without its bytes."""
    since = asked_anew_at(rectification.pk)
    found = list(rectification.evidence.select_related("added_by").defer("data"))
    earlier = [piece for piece in found if since is not None and piece.added_at < since]
    return Shown([piece for piece in found if piece not in earlier], earlier, since)


def requests_of(rectification: Rectification) -> list[MatterRequest]:
    """Everything that was asked about a matter, oldest first."""
    return list(rectification.requests.select_related("asked_by", "unit", "decided_by"))


def is_recalled(rectification: Rectification) -> bool:
    """Whether a matter that waits for another unit was taken back from the last one, and not returned by it."""
    left = rectification.events.filter(to_state=MatterState.RETURNED).exclude(from_state=MatterState.RETURNED)
    return left.order_by("-id").values_list("move", flat=True).first() == "recall"


# What waits to be dispatched -----------------------------------------------------------------------------------------
def feedback_waiting(officer: Officer, *, items: list[str] | None = None) -> QuerySet[Feedback]:
    """Confirmed voices that no matter deals with; praise asks for no work. Nothing for who may not dispatch."""
    if not may(officer, Action.MATTER_DISPATCH):
        return Feedback.objects.none()
    free = ~Exists(RectificationVoice.objects.filter(feedback=OuterRef("pk")))
    found = Feedback.objects.filter(free, state=State.CONFIRMED).exclude(kind=Kind.PRAISE)
    return found if items is None else found.filter(item__in=items)


def waiting_count(officer: Officer) -> str:
    """How many voices wait to be dispatched, looked at no further than is of use."""
    return _capped(feedback_waiting(officer).order_by().values("pk")[: COUNT_CAP + 1].count())


def matters_of_voices(feedback_ids: list[int]) -> dict[int, int]:
    """Which matter deals with which of these voices."""
    links = RectificationVoice.objects.filter(feedback__in=feedback_ids)
    return dict(links.values_list("feedback_id", "rectification_id"))
