"""Matters that are played through their services at moments of one's choice, for the tests of what is counted."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import Officer, Role, Unit
from followup.models import CallBack, FollowUp, FollowUpAnswer, SmsMessage, SmsText
from insights.services import tallies_refresh
from measures import services as matters
from measures.models import Closing, MatterRequest, Rectification
from measures.requests import request_ask, request_decide
from measures.selectors import evidence_counting
from opinion_portal import clock
from tests.feedback.queue_cast import officer
from tests.measures.matters import confirmed, order

MONDAY = datetime(2024, 5, 20, 9, tzinfo=clock.BUREAU_ZONE)


class Clock:
    """The portal's clock, set by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, start: datetime = MONDAY) -> None:
        self.now = start
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def pass_by(self, **span: float) -> None:
        """Let time go by; ``span`` as of a timedelta."""
        self.now += timedelta(**span)


class Cast:
    """Who plays: the centre, a leader, two units with their heads."""

    def __init__(self) -> None:
        self.centre, self.leader = officer(Role.CENTRE), officer(Role.LEADER)
        self.order, self.traffic = (Unit.objects.get(code=code) for code in ("public-order", "traffic"))
        self._heads: dict[int, Officer] = {}

    def head(self, unit: Unit) -> Officer:
        return self._heads.setdefault(unit.pk, officer(Role.UNIT_HEAD, unit))

    def dispatched(self, unit: Unit | None = None) -> Rectification:
        """A new matter with ``unit``."""
        return matters.rectification_dispatch(
            officer=self.centre, feedback_ids=[confirmed().pk], order=order(lead_unit=unit or self.order)
        )


def refresh() -> int | None:
    """One run of the tallies."""
    return tallies_refresh(now=clock.now())


class Play:
    """The moves of one matter, by whoever may make them; each takes the matter as it stands."""

    def __init__(self, cast: Cast, matter: Rectification) -> None:
        self.cast, self.pk = cast, matter.pk

    @property
    def matter(self) -> Rectification:
        return Rectification.objects.select_related("lead_unit").get(pk=self.pk)

    @property
    def head(self) -> Officer:
        return self.cast.head(self.matter.lead_unit)

    def acknowledge(self) -> None:
        matters.rectification_acknowledge(rectification_id=self.pk, officer=self.head)

    def submit(self) -> None:
        if not evidence_counting().filter(rectification=self.pk).exists():
            matters.evidence_add(
                rectification_id=self.pk, officer=self.head, name="a.pdf", media_type="application/pdf", data=b"%PDF"
            )
        matters.rectification_submit(rectification_id=self.pk, officer=self.head, result="已整改")

    def passed(self, *, is_left_out: bool = False) -> None:
        matters.rectification_review(
            rectification_id=self.pk,
            officer=self.cast.centre,
            passes=True,
            public_reply="已处理",
            is_left_out=is_left_out,
        )

    def rework(self) -> None:
        matters.rectification_review(rectification_id=self.pk, officer=self.cast.centre, passes=False, note="材料不全")

    def close(self, closing: Closing = Closing.HEARD) -> None:
        matters.rectification_close(rectification_id=self.pk, actor="system", closing=closing, note="满意")

    def reopen(self) -> None:
        matters.rectification_reopen(rectification_id=self.pk, actor="system", note="还是有人乱停")

    def ask(self, kind: str, days: int | None = None) -> MatterRequest:
        return request_ask(rectification_id=self.pk, officer=self.head, kind=kind, reason="理由", days=days)

    def decide(self, *, grants: bool) -> None:
        request = MatterRequest.objects.filter(rectification=self.pk, state="open").order_by("id").first()
        if request is not None:
            by = self.cast.leader if request.kind == "suspension" else self.cast.centre
            request_decide(request_id=request.pk, officer=by, grants=grants, note="研究后决定")

    def redispatch(self) -> None:
        other = self.cast.traffic if self.matter.lead_unit == self.cast.order else self.cast.order
        matters.rectification_redispatch(
            rectification_id=self.pk, officer=self.cast.centre, order=order(lead_unit=other, title="转办")
        )

    def given_back(self) -> None:
        """Returned by the unit and sent to the other one."""
        self.ask("return")
        self.decide(grants=True)
        self.redispatch()

    def recalled(self) -> None:
        """Taken back from the unit that it turned out to be about, and sent to the other one."""
        matter = self.matter
        matters.rectification_recall(
            rectification_id=self.pk,
            officer=self.cast.centre,
            about=matter.lead_unit,
            voice_ids=[matter.voices.get().feedback_id],
            note="反映的就是承办单位",
        )
        self.redispatch()

    def answered(self) -> None:
        """Signed for, answered, passed."""
        self.acknowledge()
        self.submit()
        self.passed()

    def asked(self, way: str = "sms", **changes: Any) -> FollowUp:
        """A follow-up of this round, as it is once the question has left."""
        now, matter = clock.now(), self.matter
        voice = matter.voices.get().feedback
        by_sms = {"message": message(voice.pk), "asked_at": now, "state": "asked"} if way in {"sms", "page"} else {}
        return FollowUp.objects.create(
            rectification=matter,
            feedback=voice,
            round=matter.reopen_count,
            way=way,
            token_digest=uuid4().bytes * 2,
            due_at=now,
            expires_at=now + timedelta(days=5),
            created_at=now,
            changed_at=now,
            **(by_sms | changes),
        )


def message(feedback_id: int) -> SmsMessage:
    """The question's SMS, delivered."""
    now = clock.now()
    return SmsMessage.objects.create(
        text=SmsText.objects.order_by("pk")[0],
        feedback_id=feedback_id,
        signature="沈河公安",
        template="x",
        body="x",
        parts=1,
        is_question=True,
        extension="1",
        state="delivered",
        due_at=now,
        sent_at=now,
        settled_at=now,
    )


def answer(one: FollowUp, word: str, *, way: str = "sms", is_solved: bool | None = None) -> None:
    """The resident answers; the last answer holds."""
    now = clock.now()
    FollowUpAnswer.objects.create(
        follow_up=one,
        way=way,
        answer=word,
        is_solved=is_solved,
        said_at=now,
        taken_at=now,
        recorded_by=officer(Role.CENTRE) if way == "call" else None,
    )
    FollowUp.objects.filter(pk=one.pk).update(
        state="answered", answer=word, answered_by=way, answered_at=now, is_solved=is_solved, changed_at=now
    )


def call_back(one: FollowUp, state: str, *, hours: float = 3) -> CallBack:
    """The centre's call to a dissatisfied resident, ended ``hours`` after it was owed."""
    now = clock.now()
    caller = officer(Role.CENTRE) if state in {"reached", "not_reached"} else None
    return CallBack.objects.create(
        follow_up=one,
        due_at=now + timedelta(hours=24),
        state=state,
        attempts=1 if caller else 0,
        caller=caller,
        called_at=now + timedelta(hours=hours) if caller else None,
        result="basically" if state == "reached" else "",
        created_at=now,
        ended_at=None if state == "open" else now + timedelta(hours=hours),
    )


def attempt(move: Callable[[], object]) -> bool:
    """Make a move if the table allows it now."""
    try:
        move()
    except (matters.MatterRefused, PermissionDenied):
        return False
    return True
