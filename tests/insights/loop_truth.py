"""What the tallies of the loop must say, told a second time: row by row in plain Python, with none of their SQL."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime

from followup.models import CallBack, FollowUp, FollowUpAnswer, InterviewNotice
from insights.models import LoopTally
from measures.models import MatterRequest, Rectification, RectificationEvent
from opinion_portal.clock import bureau_day

Key = tuple[date, int | None, str, str]
Mark = tuple[date, int, str, str]
CLOSINGS = {"close", "grant_appeal", "close_suspended"}


def counted() -> dict[Key, int]:
    """What stands in the tallies."""
    rows = LoopTally.objects.values_list("day", "unit", "dimension", "key", "count")
    return {(day, unit, dimension, key): count for day, unit, dimension, key, count in rows}


def truth() -> dict[Key, int]:
    """What should stand there."""
    found: Counter[Key] = Counter()
    for day, unit, dimension, key in _marks():
        found[day, unit, dimension, key] += 1
        found[day, None, dimension, key] += 1
    return dict(found)


def _marks() -> Iterator[Mark]:
    for matter in Rectification.objects.all():
        yield from _Walk(matter).marks()
    for notice in InterviewNotice.objects.all():
        yield notice.issued_on or bureau_day(notice.created_at), notice.unit_id, "notice", notice.state


class _Walk:
    """One matter, walked from its dispatch to where it stands."""

    def __init__(self, matter: Rectification) -> None:
        self.matter = matter
        returns = MatterRequest.objects.filter(rectification=matter, kind="return", state="granted")
        recalls = RectificationEvent.objects.filter(rectification=matter, move="recall")
        taken = [*returns.values_list("decided_at", "unit_id"), *recalls.values_list("at", "data__lead_unit")]
        # Who had it, sending by sending; nobody gave back the last one, unless it is on its way to somebody else.
        self.holders = [*(unit for _at, unit in sorted(taken)), matter.lead_unit_id]
        self.sending = self.round = 0
        self.limit: datetime | None = None
        self.sent: list[tuple[date, int]] = []
        self.answers: dict[int, tuple[int, bool]] = {}
        self.closing: tuple[date, int, int] | None = None

    def marks(self) -> Iterator[Mark]:
        for event in RectificationEvent.objects.filter(rectification=self.matter).order_by("id"):
            self.sending += event.move == "redispatch"
            self.round += event.move == "reopen" or (event.move == "recall" and event.from_state == "following_up")
            yield from self._event(event, bureau_day(event.at), self.holders[self.sending])
            self.limit = event.due_at or self.limit
        if self.closing and self.matter.state == "closed":
            yield from self._closed(*self.closing)
        for follow_up in FollowUp.objects.filter(rectification=self.matter):
            yield from self._followed(follow_up)

    def _event(self, event: RectificationEvent, day: date, unit: int) -> Iterator[Mark]:
        yield day, unit, "move", event.move
        if event.move in {"dispatch", "redispatch"}:
            self.sent.append((day, unit))
            yield day, unit, "course", "dispatched"
        if event.move == "grant_return":
            yield *self.sent[-1], "course", "returned"
        if event.move == "submit":
            is_late = self.limit is not None and event.at >= self.limit
            self.answers[self.round] = unit, is_late
            if is_late:
                yield day, unit, "move", "submit_late"
        if event.move in CLOSINGS:
            self.closing = day, unit, self.round

    def _closed(self, day: date, unit: int, round_: int) -> Iterator[Mark]:
        matter = self.matter
        yield day, unit, "closed", matter.closing
        if matter.is_left_out:
            yield day, unit, "course", "left_out"
            return
        yield day, unit, "course", "closed"
        if matter.closing == "heard":
            yield day, unit, "course", "heard"
            if not matter.reopen_count:
                yield day, unit, "course", "first_time"
        if matter.reopen_count or matter.rework_count:
            yield day, unit, "course", "again"
        if self.answers.get(round_, (0, False))[1]:
            yield day, unit, "course", "late"

    def _followed(self, one: FollowUp) -> Iterator[Mark]:
        if one.state == "cancelled":
            return
        day = bureau_day(one.created_at)
        unit, late = self.answers[one.round]
        for call in CallBack.objects.filter(follow_up=one):
            yield day, unit, "call", "owed"
            yield day, unit, "call", call.state
            if call.state == "reached" and call.called_at and call.called_at <= call.due_at:
                yield day, unit, "call", "in_time"
        if self.matter.is_left_out:
            if one.state == "answered":
                yield day, unit, "follow", "left_out"
            return
        for key in _follow_keys(one, late=late):
            yield day, unit, "follow", key


def _follow_keys(one: FollowUp, *, late: bool) -> Iterator[str]:
    by_sms = one.asked_at is not None and one.message_id is not None
    if one.state == "answered":
        yield from ("asked", "valid", one.answer)
        if not late:
            yield "contacted"
    elif one.asked_at or one.way in {"receipt", "call"}:
        yield "asked"
    if one.is_solved is not None:
        yield "judged"
    if one.is_solved:
        yield "solved"
    if by_sms:
        yield "sms_sent"
        if FollowUpAnswer.objects.filter(follow_up=one, way__in=["sms", "page"]).exists():
            yield "sms_answered"
