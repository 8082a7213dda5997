"""The way of an interview notice: taken over or drafted, reviewed, signed, served, held, answered, struck off."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from accounts.models import Officer
from followup.notices import services
from followup.notices.answer_models import NoticePaper
from followup.notices.models import InterviewNotice, NoticeState
from followup.notices.moves import IN_FORCE, OPEN
from followup.notices.services import Draft, Receipt, Record
from measures.models import MatterState, Rectification
from opinion_portal import clock
from tests.soak.actors import Act, Job, job
from tests.soak.world import World

S = NoticeState


@dataclass(frozen=True)
class Turn:
    """One notice, and the dice for what happens to it now."""

    notice: InterviewNotice
    dice: Random

    @property
    def id(self) -> int:
        return self.notice.pk


class Notices:
    """Everybody who has to do with notices."""

    def __init__(self, world: World) -> None:
        self.world, self.cast = world, world.cast

    def jobs(self, *, is_late_in_play: bool) -> Iterator[Job]:
        """What happens to notices now."""
        share = 0.8 if is_late_in_play else 0.5
        steps: dict[str, Callable[[Turn], Job]] = {
            S.DRAFT: self._draft,
            S.REVIEWED: self._reviewed,
            S.ISSUED: self._issued,
            S.SERVED: self._served,
            S.HELD: self._held,
            S.PLANNED: self._planned,
            S.REPORTED: self._reported,
        }
        for notice in InterviewNotice.objects.filter(state__in=OPEN.split()).order_by("id"):
            turn = Turn(notice, self.world.dice("notice", notice.pk, self.world.round))
            if turn.dice.random() >= share:
                continue
            if notice.is_appealed and turn.dice.random() < 0.7:
                yield self._appealed(turn)
            elif notice.state in IN_FORCE.split() and turn.dice.random() < 0.06:
                yield self._aside(turn)
            else:
                yield steps[notice.state](turn)
        yield from self._by_hand()

    # Before the signature ---------------------------------------------------------------------------------------
    def _draft(self, turn: Turn) -> Job:
        dice, notice = turn.dice, turn.notice
        if notice.drafted_by_id is None or not notice.person or self._is_stale(notice):
            if dice.random() < 0.06:
                return job("notice: cancel", self._cancels(turn))
            acts = [self._edits(turn)]
            return job("notice: edit", *acts, *([self._edits(turn)] if dice.random() < 0.2 else []))
        if dice.random() < 0.08:
            return job("notice: return", self._sends_back(turn, self.cast.discipline))
        acts = [self._reviews(turn)]
        if dice.random() < 0.25:
            acts.append(dice.choice([self._reviews, self._edits, self._cancels])(turn))
        return job("notice: review", *acts)

    def _is_stale(self, notice: InterviewNotice) -> bool:
        return notice.meets_at is None or notice.meets_at <= clock.now() + timedelta(minutes=30)

    def _words(self, facts: str) -> Draft:
        now = clock.now()
        today = clock.bureau_day(now)
        return Draft(
            facts=facts,
            person="周立新",
            post="所长",
            meets_at=now + timedelta(days=2),
            place="分局三楼会议室",
            bring="办理记录",
            plan_by=today + timedelta(days=5),
            rectify_by=today + timedelta(days=9),
            report_back="逐件办理结果",
            appeal_until=today + timedelta(days=4),
            appeal_to="分局纪检室",
            copies_to="分局纪检室",
        )

    def _edits(self, turn: Turn) -> Act:
        officer, version = turn.dice.choice(self.cast.centre), turn.notice.version

        def edits() -> None:
            named = list(turn.notice.matters.values_list("rectification_id", flat=True))
            services.notice_edit(
                officer=officer, notice_id=turn.id, matter_ids=named, draft=self._words(turn.notice.facts),
                version=version, now=clock.now(),
            )  # fmt: skip

        return edits

    def _cancels(self, turn: Turn) -> Act:
        officer = turn.dice.choice(self.cast.centre)
        return lambda: services.notice_cancel(officer=officer, notice_id=turn.id, note="情况已改善", now=clock.now())

    def _reviews(self, turn: Turn) -> Act:
        officer, version = turn.dice.choice(self.cast.discipline), turn.notice.version
        return lambda: services.notice_review(officer=officer, notice_id=turn.id, version=version, now=clock.now())

    def _sends_back(self, turn: Turn, officers: list[Officer]) -> Act:
        officer = turn.dice.choice(officers)
        return lambda: services.notice_send_back(officer=officer, notice_id=turn.id, note="请补充", now=clock.now())

    def _reviewed(self, turn: Turn) -> Job:
        if self._is_stale(turn.notice) or turn.dice.random() < 0.06:
            return job("notice: send back", self._sends_back(turn, self.cast.leaders))
        acts = [self._signs(turn)]
        if turn.dice.random() < 0.35:
            acts.append(self._signs(turn) if turn.dice.random() < 0.7 else self._sends_back(turn, self.cast.leaders))
        return job("notice: sign", *acts)

    def _signs(self, turn: Turn) -> Act:
        officer, version = turn.dice.choice(self.cast.leaders), turn.notice.version
        return lambda: services.notice_sign(officer=officer, notice_id=turn.id, version=version, now=clock.now())

    def _by_hand(self) -> Iterator[Job]:
        dice = self.world.dice("by hand", self.world.round)
        # A long soak has enough that rules call for; in a short one hardly anything is late for long enough.
        if dice.random() < (0.06 if self.world.matters > 100 else 0.3):
            unit, officer = dice.choice(self.cast.units), dice.choice(self.cast.centre)
            matters = Rectification.objects.filter(lead_unit=unit, state=MatterState.HANDLING).order_by("due_at")
            chosen = list(matters.values_list("pk", flat=True)[:3])
            yield job(
                "notice: draft",
                lambda: services.notice_draft(
                    officer=officer, unit=unit, matter_ids=chosen, draft=self._words("多件事项办理不力。"),
                    now=clock.now(),
                ),
            )  # fmt: skip

    # In force ---------------------------------------------------------------------------------------------------
    def _issued(self, turn: Turn) -> Job:
        centre, head = turn.dice.choice(self.cast.centre), self._head(turn)

        def serves() -> None:
            now = clock.now()
            receipt = Receipt("direct", now, recipient="周立新")
            services.notice_serve(officer=centre, notice_id=turn.id, receipt=receipt, now=now)

        def signs_for() -> None:
            services.notice_sign_for(officer=head, notice_id=turn.id, now=clock.now())

        acts = [serves, signs_for] if turn.dice.random() < 0.3 else [turn.dice.choice([serves, signs_for])]
        return job("notice: serve", *acts)

    def _served(self, turn: Turn) -> Job:
        officer = turn.dice.choice(self.cast.centre)

        def holds() -> None:
            now = clock.now()
            record = Record(
                began_at=now, ended_at=now, place="分局三楼会议室", interviewer="纪检室主任", recorder="郑平",
                interviewed="周立新", post="所长", talk="问：为什么逾期？\n答：警力安排不够及时。",
            )  # fmt: skip
            services.notice_hold(officer=officer, notice_id=turn.id, record=record, now=now)

        return job("notice: hold", *[holds] * turn.dice.choice([1, 1, 1, 2]))

    def _held(self, turn: Turn) -> Job:
        return job("notice: plan", *[self._hands_in(turn, services.notice_plan)] * turn.dice.choice([1, 1, 2]))

    def _planned(self, turn: Turn) -> Job:
        if turn.dice.random() < 0.1:
            return job("notice: send plan back", *self._sends_paper_back(turn, NoticePaper.Kind.PLAN))
        acts = [self._hands_in(turn, services.notice_report)]
        return job("notice: report", *acts, *([self._voids(turn)] if turn.dice.random() < 0.1 else []))

    def _hands_in(self, turn: Turn, act: Callable[..., None]) -> Act:
        head = self._head(turn)
        return lambda: act(officer=head, notice_id=turn.id, text="夜间诉求当晚到场。", now=clock.now())

    def _sends_paper_back(self, turn: Turn, kind: str) -> list[Act]:
        """Once, or twice at the same moment."""
        paper = NoticePaper.objects.filter(notice=turn.id, kind=kind, sent_back_at=None).latest("id").pk
        officer = turn.dice.choice(self.cast.discipline)

        def sends_back() -> None:
            services.paper_send_back(
                officer=officer, notice_id=turn.id, kind=kind, paper_id=paper, note="措施不具体", now=clock.now()
            )

        return [sends_back] * turn.dice.choice([1, 1, 2])

    def _reported(self, turn: Turn) -> Job:
        if turn.dice.random() < 0.1:
            return job("notice: send report back", *self._sends_paper_back(turn, NoticePaper.Kind.REPORT))
        acts = [self._checks(turn, strikes_off=turn.dice.random() < 0.8)]
        if turn.dice.random() < 0.2:
            rival = self._checks(turn, strikes_off=turn.dice.random() < 0.5)
            acts.append(rival if turn.dice.random() < 0.6 else self._appeals(turn))
        return job("notice: re-check", *acts)

    def _checks(self, turn: Turn, *, strikes_off: bool) -> Act:
        officer = turn.dice.choice(self.cast.discipline)
        return lambda: services.notice_recheck(
            officer=officer, notice_id=turn.id, strikes_off=strikes_off, note="现场复核", now=clock.now()
        )

    def _voids(self, turn: Turn) -> Act:
        officer = turn.dice.choice(self.cast.leaders)
        return lambda: services.notice_void(officer=officer, notice_id=turn.id, note="事实有误", now=clock.now())

    # Aside of the way -------------------------------------------------------------------------------------------
    def _aside(self, turn: Turn) -> Job:
        what = turn.dice.random()
        if what < 0.5:
            return job("notice: appeal", self._appeals(turn))
        if what < 0.75:
            return job("notice: void", self._voids(turn))
        return job("notice: escalate", self._checks(turn, strikes_off=False))

    def _appeals(self, turn: Turn) -> Act:
        head = self._head(turn)
        return lambda: services.notice_appeal(
            officer=head, notice_id=turn.id, reason="该事项已经申请延期。", now=clock.now()
        )

    def _appealed(self, turn: Turn) -> Job:
        acts = [self._decides(turn)]
        if turn.dice.random() < 0.4:
            acts.append(self._decides(turn) if turn.dice.random() < 0.6 else self._voids(turn))
        return job("notice: decide appeal", *acts)

    def _decides(self, turn: Turn) -> Act:
        officer = turn.dice.choice([*self.cast.discipline, *self.cast.leaders])
        grants = turn.dice.random() < 0.4
        return lambda: services.appeal_decide(
            officer=officer, notice_id=turn.id, grants=grants, note="核查属实", now=clock.now()
        )

    def _head(self, turn: Turn) -> Officer:
        heads = self.cast.heads[turn.notice.unit_id]
        return turn.dice.choice(heads)
