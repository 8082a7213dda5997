"""Notices at every step, for whoever looks at the pages: part of the morning."""

from datetime import datetime, timedelta

from accounts.models import Officer, Role
from accounts.services import SYSTEM, officer_create
from followup.models import InterviewNotice
from followup.notices import services
from followup.notices.services import Draft, Receipt, Record
from measures.models import Rectification
from opinion_portal import clock


def notices_play() -> dict[str, object]:
    """A draft, one to be signed, one just issued, one with its interview held, one that the unit appeals against."""
    now = clock.now()
    issued = now - timedelta(days=3)
    signed = {name: _signed(issued) for name in ("issued", "held")}
    # Signed by others, so that the judge had no hand in it.
    signed["appealed"] = _signed(issued, _deputy(Role.DISCIPLINE, "fujijian"), _deputy(Role.LEADER, "fulingdao"))
    head = Officer.objects.get(username="suozhang")
    _interview(signed["held"], issued, now)
    services.notice_appeal(officer=head, notice_id=signed["appealed"].pk, reason="该事项已经申请延期。", now=now)
    drafts = {"notice_draft": _draft(now), "notice_reviewed": _reviewed(_draft(now), now)}
    found = drafts | {f"notice_{name}": notice for name, notice in signed.items()}
    return {name: notice.pk for name, notice in found.items()}


def _draft(now: datetime) -> InterviewNotice:
    day = clock.bureau_day(now)
    said = Draft(
        facts="你单位承办的1件群众诉求事项超过办理期限5个工作日以上，仍未办结反馈。", person="示例所长", post="所长",
        meets_at=now + timedelta(days=1), place="分局会议室", bring="办理记录\n现场照片", report_back="逐件办理结果",
        plan_by=day + timedelta(days=6), rectify_by=day + timedelta(days=12), appeal_until=day + timedelta(days=7),
        appeal_to="分局纪检室", copies_to="分局纪检室",
    )  # fmt: skip
    unit = Officer.objects.get(username="suozhang").unit
    return services.notice_draft(officer=_by("zhongxin"), unit=unit, matter_ids=[_matter(now).pk], draft=said, now=now)


def _matter(now: datetime) -> Rectification:
    sent = now - timedelta(days=20)
    return Rectification.objects.create(
        item_id="P1", title="烧烤店夜间扰民", brief="晚上十点后烧烤店外摆喝酒喧哗，影响休息。", state="handling",
        lead_unit=Officer.objects.get(username="suozhang").unit, first_dispatched_at=sent, dispatched_at=sent,
        due_at=sent + timedelta(days=7), created_by=_by("zhongxin"),
    )  # fmt: skip


def _by(username: str) -> Officer:
    return Officer.objects.get(username=username)


def _deputy(role: Role, username: str) -> Officer:
    unit = Officer.objects.get(username="lingdao").unit
    return officer_create(username=username, name="示例副职", unit=unit, role=role, actor=SYSTEM)[0]


def _reviewed(notice: InterviewNotice, now: datetime, by: Officer | None = None) -> InterviewNotice:
    services.notice_review(officer=by or _by("jijian"), notice_id=notice.pk, version=1, now=now)
    return notice


def _signed(now: datetime, reviewer: Officer | None = None, signer: Officer | None = None) -> InterviewNotice:
    notice = _reviewed(_draft(now), now, reviewer)
    return services.notice_sign(officer=signer or _by("lingdao"), notice_id=notice.pk, version=1, now=now)


def _interview(notice: InterviewNotice, issued: datetime, now: datetime) -> None:
    slip = Receipt(way="left", served_at=issued + timedelta(hours=1), refusal_reason="称负责人外出", witnesses="陈明")
    services.notice_serve(officer=_by("zhongxin"), notice_id=notice.pk, receipt=slip, now=now)
    said = Record(
        began_at=issued + timedelta(days=1), place="分局会议室", interviewer="示例局领导", recorder="示例民意专员",
        interviewed="示例所长", talk="问：为什么逾期？\n答：安排不够及时。", demands="办结事项", promises="按期整改",
    )  # fmt: skip
    services.notice_hold(officer=_by("zhongxin"), notice_id=notice.pk, record=said, now=now)
