"""What a notice says, as blocks that both the PDF and the DOCX set: the two cannot come to differ in words."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from followup.notices.documents.content import InterviewRecord, Matter, NoticeContent, ReceiptSlip, SupervisionSlip
from followup.notices.documents.words import (
    clean,
    date_text,
    ended,
    listed,
    moment_text,
    numeral,
    paragraphs,
    span_text,
)


class Role(StrEnum):
    """What a piece of type is for; the value is the kind of type that GB/T 9704-2012 asks for."""

    MARK = "小标宋"
    BODY = "仿宋"
    LEVEL_1 = "黑体"
    LEVEL_2 = "楷体"
    FIGURES = "宋体"


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of one kind of type."""

    text: str
    role: Role = Role.BODY


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``indent`` in characters, a heading stays with what follows."""

    runs: tuple[Run, ...]
    indent: int = 2
    is_heading: bool = False

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)

    @property
    def leads_in(self) -> bool:
        """Whether it announces what follows and should not be parted from it by the end of a page."""
        return self.text.endswith("：")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head; a line break in a cell starts a new line."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Paragraph | Table

_LEVEL_1 = re.compile(r"[一二三四五六七八九十]{1,3}、[^。；]{1,30}$")
_LEVEL_2 = re.compile(r"（[一二三四五六七八九十]{1,3}）[^。；]{0,40}。?")
MATTER_HEAD = ("序号", "编号", "诉求事项", "派单日期\n应办结日期", "逾期\n工作日", "回访答复")


def paragraph(text: str, *, indent: int = 2) -> Paragraph:
    """A paragraph in the type of its level: 一、 in 黑体, （一） up to its full stop in 楷体, all else 仿宋 (7.3.3)."""
    text = clean(text)
    if _LEVEL_1.match(text):
        return Paragraph((Run(text, Role.LEVEL_1),), indent, is_heading=True)
    if found := _LEVEL_2.match(text):
        head, rest = found.group(), text[found.end() :]
        runs = (Run(head, Role.LEVEL_2), Run(rest)) if rest else (Run(head, Role.LEVEL_2),)
        return Paragraph(runs, indent, is_heading=not rest)
    return Paragraph((Run(text),), indent)


def notice_blocks(notice: NoticeContent) -> list[Block]:
    """The notice between title and signature."""
    blocks: list[Block] = [paragraph(f"{clean(notice.unit)}：", indent=0), paragraph(_opening(notice))]
    parts = [_whom, _why, _when, _rectify, _appeal]
    for place, part in enumerate(parts, start=1):
        title, *body = part(notice)
        heading = Paragraph((Run(f"{numeral(place)}、{title}", Role.LEVEL_1),), is_heading=True)
        blocks += [heading, *(paragraph(piece) if isinstance(piece, str) else piece for piece in body)]
    return blocks


def _opening(notice: NoticeContent) -> str:
    return (
        f"根据{clean(notice.basis)}的规定，经研究，决定就群众诉求办理工作对你单位进行约谈，并要求限期整改。"
        "现将有关事项通知如下："
    )


def _whom(notice: NoticeContent) -> Iterator[str]:
    yield "约谈对象和方式"
    yield f"约谈对象：{_with_post(notice.person, notice.post)}。约谈方式：{notice.manner}约谈。"


def _with_post(person: str, post: str) -> str:
    return f"{clean(person)}（{clean(post)}）" if clean(post) else clean(person)


def _why(notice: NoticeContent) -> Iterator[str | Table]:
    yield "约谈事由"
    for fact in notice.facts:
        yield from paragraphs(fact)
    both = bool(notice.matters and notice.supervision_slips)
    if notice.matters:
        yield f"{'（一）涉及事项。' if both else '涉及事项：'}共{len(notice.matters)}件，情况如下："
        yield Table(MATTER_HEAD, tuple(_matter_row(place, one) for place, one in enumerate(notice.matters, start=1)))
    if notice.supervision_slips:
        yield f"{'（二）此前督办。' if both else '此前督办：'}{_slips(notice.supervision_slips)}"


def _matter_row(place: int, matter: Matter) -> tuple[str, ...]:
    days = f"{date_text(matter.dispatched_on)}\n{date_text(matter.due_on)}"
    late = str(matter.days_late) if matter.days_late > 0 else "—"
    return str(place), clean(matter.reference), clean(matter.item), days, late, clean(matter.answer) or "—"


def _slips(slips: Iterable[SupervisionSlip]) -> str:
    said = (
        f"{date_text(slip.issued_on)}发出督办提示单（{clean(slip.number)}）"
        + (f"，要求{clean(slip.about).rstrip('。；')}" if clean(slip.about) else "")
        for slip in slips
    )
    return "；".join(said) + "。"


def _when(notice: NoticeContent) -> Iterator[str]:
    yield "约谈时间和地点"
    yield f"时间：{moment_text(notice.meets_at)}。地点：{ended(clean(notice.place))}"
    yield from _numbered("请携带下列材料：", notice.bring)


def _rectify(notice: NoticeContent) -> Iterator[str]:
    yield "整改要求"
    due = f"请你单位于{date_text(notice.rectify_by)}前（含当日）完成整改"
    yield from _numbered(f"{due}，并书面报告下列内容：", notice.report_back, alone=f"{due}，并书面报告整改情况。")


def _numbered(opening: str, items: Iterable[str], alone: str = "") -> Iterator[str]:
    """``opening`` and the items as 1. 2. 3., or ``alone`` when there is none."""
    said = [item for item in map(clean, items) if item]
    if said:
        yield opening
    elif alone:
        yield alone
    for place, item in enumerate(said, start=1):
        yield f"{place}.{ended(item, '。' if place == len(said) else '；')}"


def _appeal(notice: NoticeContent) -> Iterator[str]:
    yield "申诉权利"
    whom = clean(notice.appeal_to) or clean(notice.issuer)
    yield f"你单位对本通知所列事实或者要求有异议的，可以在{date_text(notice.appeal_by)}前（含当日）向{whom}书面申诉。"


def people_line(notice: NoticeContent) -> str:
    """Who drafted, reviewed and signed, for the copies block."""
    named = (("拟稿", notice.drafter), ("审核", notice.reviewer), ("签发", notice.signer))
    return listed((f"{what}：{clean(who)}" for what, who in named if clean(who)), "　")


def slip_rows(slip: ReceiptSlip) -> list[tuple[str, str]]:
    """The slip's form as (label, what stands beside it)."""
    rows = [
        ("送达文书", slip.document),
        ("文书编号", slip.number),
        ("受送达单位", slip.unit),
        ("送达时间", moment_text(slip.served_at) if slip.served_at else "　　　　年　　月　　日　　时　　分"),
        ("送达方式", slip.way.value if slip.way else "□直接　□留置　□邮寄　□电子"),
        ("受送达人\n签名或盖章", "（拒绝签收）" if slip.is_refused else slip.recipient),
        ("拒收事由", slip.refusal_reason),
        ("见证人签名", listed(slip.witnesses)),
        ("送达人签名", listed(slip.served_by)),
        ("备注", slip.note),
    ]
    return [(label, clean(value)) for label, value in rows]


SLIP_RULE = "受送达人拒绝签收的，由送达人记明拒收事由和日期，由见证人签名，即视为送达。"


def record_rows(record: InterviewRecord) -> list[tuple[str, str]]:
    """The record's head as (label, what stands beside it)."""
    rows = [
        ("通知书编号", record.number),
        ("约谈时间", span_text(record.began_at, record.ended_at)),
        ("约谈地点", record.place),
        ("约谈方式", f"{record.manner}约谈"),
        ("约谈人", record.interviewer),
        ("记录人", record.recorder),
        ("被约谈单位", record.unit),
        ("被约谈人", _with_post(record.interviewed, record.post)),
    ]
    return [(label, clean(value)) for label, value in rows]


def record_blocks(record: InterviewRecord) -> list[Block]:
    """What was said, asked for and promised, and who signs."""
    blocks: list[Block] = []
    parts = (("谈话内容", _talk(record)), ("约谈要求", _items(record.demands)), ("单位承诺", _items(record.promises)))
    for place, (title, body) in enumerate(parts, start=1):
        blocks.append(Paragraph((Run(f"{numeral(place)}、{title}", Role.LEVEL_1),), is_heading=True))
        blocks += body or [paragraph("（无）")]
    return blocks


def _talk(record: InterviewRecord) -> list[Block]:
    talk: list[Block] = []
    for saying in record.said:
        speaker = clean(saying.speaker)
        lines = paragraphs(saying.text) or ["（未作声）"]
        first = Paragraph((Run(f"{speaker}：", Role.LEVEL_1), Run(lines[0]))) if speaker else paragraph(lines[0])
        talk += [first, *map(paragraph, lines[1:])]
    return talk


def _items(items: Iterable[str]) -> list[Block]:
    return [paragraph(line) for line in _numbered("", items) if line]


RECORD_CLOSING = "以上记录已阅，与所谈一致。"
RECORD_SIGNATURES = ("被约谈人（签名）：", "约谈人（签名）：", "记录人（签名）：")
SIGNED_ON = "年　　月　　日"
