"""The cast of the notices' tests: matters that stand somewhere, officers of every post, notices at every step."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Officer, Role, Unit
from followup.models import InterviewNotice
from followup.notices import issuing, services
from followup.notices.services import Draft, Receipt, Record
from measures.documents import Piece
from measures.models import MatterState, Rectification
from opinion_portal import clock
from tests.feedback.queue_cast import officer

# Sunday 2024-05-19, the day of the first notices: a rest day.
SUNDAY = datetime(2024, 5, 19, 21, 40, tzinfo=clock.BUREAU_ZONE)
MEETING = datetime(2024, 5, 22, 9, 30, tzinfo=clock.BUREAU_ZONE)
HELD = MEETING + timedelta(hours=2)
PDF = Piece("方案.pdf", "application/pdf", b"%PDF-1.7 plan")


def papers_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting a paper takes half a second; tests that are not about papers issue notices by the hundred."""
    monkeypatch.setattr(issuing, "notice_pdf", lambda content, _fonts: f"%PDF {content.number_text}".encode())
    monkeypatch.setattr(issuing, "notice_docx", lambda content: f"PK {content.number_text}".encode())


def station(code: str = "station-huangcheng") -> Unit:
    return Unit.objects.get(code=code)


def head_of(unit: Unit | None = None) -> Officer:
    return officer(Role.UNIT_HEAD, unit or station())


def matter(unit: Unit | None = None, *, due_on: date = date(2024, 5, 10), **changes: Any) -> Rectification:
    """A matter at ``unit`` whose last day is ``due_on``, still being handled."""
    due_at = clock.day_start(due_on + timedelta(days=1))
    sent = due_at - timedelta(days=8)
    fields: dict[str, Any] = {
        "item_id": "P1", "title": "烧烤店夜间扰民", "brief": "晚上十点后外摆喝酒喧哗。", "lead_unit": unit or station(),
        "state": MatterState.HANDLING, "first_dispatched_at": sent, "dispatched_at": sent, "due_at": due_at,
    }  # fmt: skip
    return Rectification.objects.create(**fields | {"created_by": officer(Role.CENTRE)} | changes)


def draft(**changes: Any) -> Draft:
    """All that a notice must say, for an interview on Wednesday 2024-05-22."""
    fields: dict[str, Any] = {
        "facts": "截至2024年5月19日，你单位承办的1件群众诉求事项超过办理期限5个工作日以上，仍未办结反馈。",
        "person": "周立新", "post": "所长", "meets_at": MEETING, "place": "分局三楼会议室", "bring": "办理记录",
        "plan_by": date(2024, 5, 27), "rectify_by": date(2024, 6, 3), "report_back": "逐件办理结果",
        "appeal_until": date(2024, 5, 24), "appeal_to": "分局纪检室", "copies_to": "分局纪检室",
    }  # fmt: skip
    return Draft(**fields | changes)


def notice_drafted(
    unit: Unit | None = None, *matters: Rectification, by: Officer | None = None, now: datetime = SUNDAY, **changes: Any
) -> InterviewNotice:
    return services.notice_draft(
        officer=by or officer(Role.CENTRE),
        unit=unit or station(),
        matter_ids=[one.pk for one in matters],
        draft=draft(**changes),
        now=now,
    )


def fresh(notice: InterviewNotice) -> InterviewNotice:
    return InterviewNotice.objects.get(pk=notice.pk)


def review(notice: InterviewNotice, by: Officer | None = None, now: datetime = SUNDAY) -> InterviewNotice:
    services.notice_review(
        officer=by or officer(Role.DISCIPLINE), notice_id=notice.pk, version=fresh(notice).version, now=now
    )
    return fresh(notice)


def sign(notice: InterviewNotice, by: Officer | None = None, now: datetime = SUNDAY) -> InterviewNotice:
    return services.notice_sign(
        officer=by or officer(Role.LEADER), notice_id=notice.pk, version=fresh(notice).version, now=now
    )


def notice_reviewed(unit: Unit | None = None, *matters: Rectification, **changes: Any) -> InterviewNotice:
    return review(notice_drafted(unit, *matters, **changes))


def notice_issued(unit: Unit | None = None, *matters: Rectification, **changes: Any) -> InterviewNotice:
    return sign(notice_reviewed(unit, *matters, **changes))


def receipt(**changes: Any) -> Receipt:
    fields: dict[str, Any] = {"way": "direct", "served_at": SUNDAY + timedelta(minutes=30), "recipient": "周立新"}
    return Receipt(**fields | changes)


def serve(notice: InterviewNotice, **changes: Any) -> InterviewNotice:
    services.notice_serve(officer=officer(Role.CENTRE), notice_id=notice.pk, receipt=receipt(**changes), now=HELD)
    return fresh(notice)


def record(**changes: Any) -> Record:
    fields: dict[str, Any] = {
        "began_at": MEETING, "ended_at": MEETING + timedelta(hours=1), "place": "分局三楼会议室",
        "interviewer": "纪检室主任", "recorder": "郑平", "interviewed": "周立新", "post": "所长",
        "talk": "问：为什么逾期？\n答：警力安排不够及时。", "demands": "办结全部逾期事项", "promises": "按期整改",
    }  # fmt: skip
    return Record(**fields | changes)


def hold(notice: InterviewNotice, now: datetime = HELD, **changes: Any) -> InterviewNotice:
    services.notice_hold(officer=officer(Role.CENTRE), notice_id=notice.pk, record=record(**changes), now=now)
    return fresh(notice)


def hand_in(notice: InterviewNotice, kind: str, now: datetime = HELD, attached: Piece | None = None) -> InterviewNotice:
    act = services.notice_plan if kind == "plan" else services.notice_report
    act(officer=head_of(notice.unit), notice_id=notice.pk, text="夜间诉求当晚到场。", now=now, attached=attached)
    return fresh(notice)


def notice_held(unit: Unit | None = None, *matters: Rectification, **changes: Any) -> InterviewNotice:
    return hold(serve(notice_issued(unit, *matters, **changes)))


def notice_reported(unit: Unit | None = None, *matters: Rectification, **changes: Any) -> InterviewNotice:
    """A notice all of whose papers are there: what is left is to check again."""
    return hand_in(hand_in(notice_held(unit, *matters, **changes), "plan", attached=PDF), "report")


def appeal(notice: InterviewNotice, by: Officer | None = None, now: datetime = SUNDAY) -> InterviewNotice:
    who = by or head_of(notice.unit)
    services.notice_appeal(officer=who, notice_id=notice.pk, reason="该事项已经申请延期。", now=now)
    return fresh(notice)
