"""Plays interview notices: three people sign for each, one stands in every state, one is void, one is appealed."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from accounts.models import Officer, Unit
from followup.notices import services
from followup.notices.models import InterviewNotice
from followup.notices.services import Draft, Receipt, Record
from insights.demo.cast import Cast
from insights.demo.moments import Days, time_is
from insights.demo.story import NAMESPACE
from measures.models import Rectification

_PLACE = "分局三楼会议室"
_TALK = (
    "问：通知书列明的事项，为什么没有在期限内反馈？\n"
    "答：人手安排不到位，前期沟通不够，我们认识到问题。\n"
    "问：准备怎么整改，什么时候完成？\n"
    "答：三日内拿出方案，专人盯办，完成后逐件回访。"
)
_PLAN = "一、成立专班，逐件明确责任人。二、每日调度进度。三、完成后请中心组织回访。"
_REPORT = "所列事项已逐件办结，群众回访情况良好；已建立每周例会制度，防止同类问题再次发生。"
# How far each notice has come, and how many working days ago it was drafted; a step takes a working day.
_TOLD = (
    ("struck_off", 9), ("escalated", 9), ("void", 8), ("appeal_refused", 8), ("reported", 7), ("planned", 6),
    ("held", 5), ("refused", 4), ("appealed", 4), ("served", 3), ("issued", 2), ("reviewed", 1), ("cancelled", 1),
    ("draft", 1),
)  # fmt: skip
_SIGNED = "review sign"
_STEPS = {
    "draft": "",
    "reviewed": "review",
    "cancelled": "cancel",
    "issued": _SIGNED,
    "served": f"{_SIGNED} sign_for",
    "refused": f"{_SIGNED} serve_refused",
    "appealed": f"{_SIGNED} sign_for appeal",
    "appeal_refused": f"{_SIGNED} sign_for appeal refuse_appeal hold",
    "void": f"{_SIGNED} void",
    "held": f"{_SIGNED} sign_for hold",
    "planned": f"{_SIGNED} sign_for hold plan",
    "reported": f"{_SIGNED} serve hold plan report",
    "struck_off": f"{_SIGNED} sign_for hold plan report strike_off",
    "escalated": f"{_SIGNED} sign_for hold plan report escalate",
}


def notices_play(cast: Cast, days: Days) -> int:
    """Draft, review, sign and follow the notices; then what the rules propose by themselves. Returns how many."""
    units = _units_to_press(cast.visited)
    for number, (name, ago) in enumerate(_TOLD):
        _NoticePlay(cast, days, units[number % len(units)], number, ago).play(_STEPS[name].split())
    services.notices_propose(now=days.now)
    return InterviewNotice.objects.count()


def _units_to_press(visited: Unit | None) -> list[Unit]:
    """The units that lead matters, ``visited`` and then those with the most first."""
    led = Rectification.objects.values("lead_unit").annotate(n=Count("pk")).order_by("-n", "lead_unit")
    found = Unit.objects.in_bulk([row["lead_unit"] for row in led])
    return sorted((found[row["lead_unit"]] for row in led), key=lambda unit: unit != visited)[:6]


@dataclass
class _NoticePlay:
    """One notice, drafted ``ago`` working days before today; the steps are its methods."""

    cast: Cast
    days: Days
    unit: Unit
    number: int
    ago: int
    pk: int = 0

    def play(self, steps: list[str]) -> None:
        start = self.days.ago(self.ago, 10)
        with time_is(start):
            self._draft(start)
        moment = start
        for place, name in enumerate(steps):
            moment = self.days.later(start, place, 11 + place % 5)
            if not self.days.is_past(moment):
                return
            with time_is(moment):
                getattr(self, name)(moment)

    def _draft(self, now: datetime) -> None:
        calendar, today = self.days.calendar, now.date()
        late = Rectification.objects.filter(lead_unit=self.unit, due_at__lte=now).order_by("due_at", "id")[:3]
        matters = [matter.pk for matter in late]
        draft = Draft(
            facts=f"你单位承办的{len(matters)}件群众诉求事项未按期反馈，经督办仍未见效。"
            if matters
            else "近期回访中，你单位承办事项群众满意率偏低，整改措施落实不到位。",
            person=self.head.name,
            post="负责人",
            meets_at=self.days.later(now, 3, 14),
            place=_PLACE,
            bring="事项办理台账\n整改情况说明",
            plan_by=calendar.add(today, 6),
            rectify_by=calendar.add(today, 10),
            report_back="整改方案\n整改结果",
            appeal_until=calendar.add(today, 6),
            appeal_to="沈阳市公安局沈河分局纪检室",
            copies_to="分局纪检室",
        )
        client_id = uuid.uuid5(NAMESPACE, f"notice {self.number}")
        made = services.notice_draft(
            officer=self.cast.centre, unit=self.unit, matter_ids=matters, draft=draft, now=now, client_id=client_id
        )
        self.pk = made.pk

    @property
    def head(self) -> Officer:
        return self.cast.head(self.unit)

    def review(self, now: datetime) -> None:
        services.notice_review(officer=self.cast.discipline, notice_id=self.pk, version=1, now=now)

    def cancel(self, now: datetime) -> None:
        services.notice_cancel(officer=self.cast.centre, notice_id=self.pk, note="单位已当面说明并整改。", now=now)

    def sign(self, now: datetime) -> None:
        services.notice_sign(officer=self.cast.leader, notice_id=self.pk, version=1, now=now)

    def void(self, now: datetime) -> None:
        services.notice_void(officer=self.cast.leader, notice_id=self.pk, note="所列事项有误，作废重发。", now=now)

    def sign_for(self, now: datetime) -> None:
        services.notice_sign_for(officer=self.head, notice_id=self.pk, now=now)

    def serve(self, now: datetime) -> None:
        receipt = Receipt(way="direct", served_at=now, recipient=self.head.name)
        services.notice_serve(officer=self.cast.centre, notice_id=self.pk, receipt=receipt, now=now)

    def serve_refused(self, now: datetime) -> None:
        receipt = Receipt(
            way="left", served_at=now, refusal_reason="对所列事实有异议", witnesses="演示见证人甲、演示见证人乙"
        )
        services.notice_serve(officer=self.cast.centre, notice_id=self.pk, receipt=receipt, now=now)

    def hold(self, now: datetime) -> None:
        record = Record(
            began_at=now,
            place=_PLACE,
            interviewer="演示局领导",
            recorder="演示中心",
            interviewed=self.head.name,
            post="负责人",
            talk=_TALK,
            demands="限期整改，逐件反馈。",
            promises="按期完成并报告。",
        )
        services.notice_hold(officer=self.cast.centre, notice_id=self.pk, record=record, now=now)

    def plan(self, now: datetime) -> None:
        services.notice_plan(officer=self.head, notice_id=self.pk, text=_PLAN, now=now)

    def report(self, now: datetime) -> None:
        services.notice_report(officer=self.head, notice_id=self.pk, text=_REPORT, now=now)

    def strike_off(self, now: datetime) -> None:
        self._recheck(now, strikes_off=True, note="经复核整改到位，予以销号。")

    def escalate(self, now: datetime) -> None:
        self._recheck(now, strikes_off=False, note="复核发现整改流于形式，予以通报批评。")

    def _recheck(self, now: datetime, *, strikes_off: bool, note: str) -> None:
        services.notice_recheck(
            officer=self.cast.discipline, notice_id=self.pk, strikes_off=strikes_off, note=note, now=now
        )

    def appeal(self, now: datetime) -> None:
        reason = "部分事项在期限内已经办结，系统录入延迟，请予复核。"
        services.notice_appeal(officer=self.head, notice_id=self.pk, reason=reason, now=now)

    def refuse_appeal(self, now: datetime) -> None:
        note = "经查，录入前已超过期限，申诉理由不成立。"
        services.appeal_decide(officer=self.cast.judge, notice_id=self.pk, grants=False, note=note, now=now)
