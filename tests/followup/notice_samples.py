"""Invented notices, slips and records: no unit, officer or resident of these names is meant."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache

from followup.notices.documents.content import (
    InterviewRecord,
    Manner,
    Matter,
    NoticeContent,
    ReceiptSlip,
    Saying,
    ServedBy,
    SupervisionSlip,
)
from followup.notices.documents.fonts import fonts_found
from followup.notices.documents.pdf import notice_pdf, record_pdf, slip_pdf
from followup.notices.documents.words import SHANGHAI

FONTS = fonts_found()
ISSUER = "沈阳市公安局沈河分局民意诉求感知中心"
_ITEMS = [
    "沿街烧烤店夜间扰民", "犬只不拴绳，多次反映", "小区门前违停占道", "学校门口早高峰拥堵", "窗口排队时间长",
    "工地夜间施工噪声", "广场音响声音过大", "邻里纠纷久调未结",
]  # fmt: skip


def matter(place: int) -> Matter:
    sent = date(2024, 4, 8) + timedelta(days=place)
    return Matter(
        reference=f"ZG2024-{place:06d}",
        item=_ITEMS[place % len(_ITEMS)],
        dispatched_on=sent,
        due_on=sent + timedelta(days=7),
        days_late=place % 9 + 1,
        answer=("不满意", "未解决", "")[place % 3],
    )


SHORT = NoticeContent(
    issuer=ISSUER,
    prefix="沈公民约",
    year=2024,
    number=1,
    unit="示例派出所",
    person="周某某",
    post="所长",
    manner=Manner.ONE_TO_ONE,
    facts=("群众反映的1件夜间噪声扰民事项逾期5个工作日未办结，两次回访均答复不满意。",),
    meets_at=datetime(2024, 5, 24, 9, 30, tzinfo=SHANGHAI),
    place="分局三楼会议室",
    rectify_by=date(2024, 6, 3),
    report_back=("整改方案", "整改结果"),
    appeal_by=date(2024, 5, 24),
    issued_on=date(2024, 5, 19),
    drafter="郑某",
    reviewer="吴某",
    signer="王某",
    copies_to=("分局纪检室",),
)

LONG_FACT = (
    "2024年4月以来，民意诉求感知中心向你单位派发群众诉求事项68件，其中25件超过规定时限仍未办结，逾期率36.8%，高于全局平均水平"
    "（9.2%）；经回访，8件事项群众两次答复“不满意”，反映的问题主要集中在夜间噪声、违停占道和犬类管理三个方面。"
)
LONG = replace(
    SHORT,
    number=12,
    title="关于约谈示例派出所主要负责人的通知",
    unit="示例派出所",
    manner=Manner.COLLECTIVE,
    facts=(
        LONG_FACT,
        "你单位存在签收迟缓、以电话答复代替现场处置、反馈材料缺少现场照片等问题——经两次提醒仍未改正，损害了群众对公安机关的信任。",
    ),
    matters=tuple(matter(place) for place in range(1, 26)),
    supervision_slips=(
        SupervisionSlip(number="沈公民督〔2024〕7号", issued_on=date(2024, 4, 29), about="五日内办结全部逾期事项"),
        SupervisionSlip(number="沈公民督〔2024〕9号", issued_on=date(2024, 5, 9)),
    ),
    bring=("逾期事项的办理记录和现场照片", "本单位诉求办理工作情况的书面说明"),
    report_back=(
        "逐件办理结果和佐证材料",
        "逾期原因和责任人员",
        "防止同类问题再次发生的措施（包括值班安排、巡查频次）",
    ),
    copies_to=("分局纪检室", "治安管理大队", "交通警察大队", "指挥中心", "各派出所"),
)

VOID = replace(SHORT, number=2, is_void=True)
DRAFT = replace(SHORT, is_draft=True)

SLIP = ReceiptSlip(
    issuer=ISSUER,
    number="沈公民约〔2024〕1号",
    unit="示例派出所",
    served_at=datetime(2024, 5, 19, 15, 5, tzinfo=SHANGHAI),
    way=ServedBy.DIRECT,
    recipient="周某某",
    served_by=("郑某", "冯某"),
)
REFUSED = replace(
    SLIP, way=ServedBy.LEFT, recipient="", refusal_reason="称负责人外出，拒绝签收", witnesses=("陈某（社区工作者）",)
)

RECORD = InterviewRecord(
    issuer=ISSUER,
    number="沈公民约〔2024〕1号",
    unit="示例派出所",
    began_at=datetime(2024, 5, 24, 9, 30, tzinfo=SHANGHAI),
    ended_at=datetime(2024, 5, 24, 10, 40, tzinfo=SHANGHAI),
    place="分局三楼会议室",
    interviewer="王某（民意诉求感知中心负责人）",
    recorder="郑某",
    interviewed="周某某",
    post="所长",
    said=(
        Saying(speaker="问", text="今天就群众诉求逾期未办结一事对你进行约谈，请说明情况。"),
        Saying(
            speaker="答",
            text="四月以来我所夜间警力集中用于校园周边巡防，噪声类诉求安排不够及时。签收后没有当日到场，这是我们的责任。",
        ),
        Saying(speaker="问", text="两次回访群众都不满意，你们做了哪些工作？"),
        Saying(speaker="答", text="第一次只打了电话；第二次到场时店铺已经关门。\n以后夜间诉求一律当晚到场。"),
        Saying(text="约谈人宣读了《约谈通知书》所列事实，被约谈人没有异议。"),
    ),
    demands=("2024年6月3日前办结全部逾期事项", "建立夜间诉求当晚到场制度"),
    promises=("按期完成整改并书面报告", "每周向感知中心报送一次进展"),
)


@cache
def papers() -> list[tuple[str, bytes]]:
    """Every sample as PDF in the free fonts, made once."""
    return list(papers_anew())


def papers_anew() -> Iterator[tuple[str, bytes]]:
    for name, notice in (("short", SHORT), ("long", LONG), ("void", VOID), ("draft", DRAFT)):
        yield name, notice_pdf(notice, FONTS)
    for name, slip in (("slip", SLIP), ("refused", REFUSED)):
        yield name, slip_pdf(slip, FONTS)
    yield "record", record_pdf(RECORD, FONTS)


def words_of(notice: NoticeContent) -> list[str]:
    """Every text of the notice's fields, and those of its matters and slips."""
    words = [notice.issuer, notice.number_text, notice.title, notice.unit, notice.person, notice.post, notice.basis]
    words += [notice.place, notice.drafter, notice.reviewer, notice.signer]
    words += [*notice.facts, *notice.bring, *notice.report_back, *notice.copies_to]
    for one in notice.matters:
        words += [one.reference, one.item, one.answer]
    for slip in notice.supervision_slips:
        words += [slip.number, slip.about]
    return words
