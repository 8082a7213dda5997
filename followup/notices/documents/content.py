"""What a document says, as plain data and nothing else: a document can show only what stands in these fields.

No field takes a record of the database, and none is meant for who complained: the name, the telephone or the address
of a complainant has no place here (信访工作条例 30, 46). Moments that carry a time zone are shown as Shanghai time.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from followup.notices.documents.words import number_text


class Manner(StrEnum):
    """How the unit is interviewed."""

    ONE_TO_ONE = "一对一"
    COLLECTIVE = "集体"


class ServedBy(StrEnum):
    """The way a paper reached the unit."""

    DIRECT = "直接送达"
    LEFT = "留置送达"
    POST = "邮寄送达"
    ELECTRONIC = "电子送达"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """One matter the unit answers for. ``item`` is its kind or redacted subject; ``answer`` the call-back's."""

    reference: str
    item: str
    dispatched_on: date
    due_on: date
    days_late: int
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisionSlip:
    """An earlier 督办提示单: its number as printed, when it went out, what it asked for."""

    number: str
    issued_on: date
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeContent:
    """An interview notice (约谈通知书).

    A draft has no number and no date; an issued or void notice has both.

    Raises:
        ValueError: when a notice that is no draft lacks its number or date, or a draft is void.
    """

    issuer: str
    unit: str
    person: str
    post: str
    manner: Manner
    facts: tuple[str, ...]
    meets_at: datetime
    place: str
    rectify_by: date
    appeal_by: date
    appeal_to: str = ""
    title: str = "约谈通知书"
    prefix: str = ""
    year: int | None = None
    number: int | None = None
    issued_on: date | None = None
    matters: tuple[Matter, ...] = ()
    supervision_slips: tuple[SupervisionSlip, ...] = ()
    basis: str = "《信访工作条例》第三十九条"
    bring: tuple[str, ...] = ()
    report_back: tuple[str, ...] = ()
    copies_to: tuple[str, ...] = ()
    drafter: str = ""
    reviewer: str = ""
    signer: str = ""
    is_sealed: bool = True
    is_draft: bool = False
    is_void: bool = False

    def __post_init__(self) -> None:
        if self.is_draft and self.is_void:
            raise ValueError("A draft has no number that could be void.")
        if not self.is_draft and None in {self.year, self.number, self.issued_on}:
            raise ValueError("An issued notice has a year, a number and a date.")

    @property
    def number_text(self) -> str:
        """``沈公民约〔2024〕1号``; empty for a draft, whatever number was reserved for it."""
        if self.is_draft or self.year is None or self.number is None:
            return ""
        return number_text(self.prefix, self.year, self.number)

    @property
    def watermark(self) -> str:
        """The word across each page that keeps it from being taken for a notice in force, or nothing."""
        return "草稿" if self.is_draft else "作废" if self.is_void else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptSlip:
    """The proof of service (送达回执). Whatever is empty stays blank, to be filled in by hand."""

    issuer: str
    number: str
    unit: str
    document: str = "约谈通知书"
    served_at: datetime | None = None
    way: ServedBy | None = None
    recipient: str = ""
    refusal_reason: str = ""
    witnesses: tuple[str, ...] = ()
    served_by: tuple[str, ...] = ()
    note: str = ""

    @property
    def is_refused(self) -> bool:
        return bool(self.refusal_reason) and not self.recipient

    @property
    def counts_as_served(self) -> bool:
        """Signed for, or refused with a reason and before a witness."""
        return self.served_at is not None and bool(self.recipient or (self.refusal_reason and self.witnesses))


@dataclass(frozen=True, slots=True, kw_only=True)
class Saying:
    """One turn of the talk: ``speaker`` is 问, 答 or a name, empty for a plain paragraph."""

    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterviewRecord:
    """What was said at the interview (约谈记录), by both sides."""

    issuer: str
    number: str
    unit: str
    began_at: datetime
    place: str
    interviewer: str
    recorder: str
    interviewed: str
    post: str = ""
    ended_at: datetime | None = None
    manner: Manner = Manner.ONE_TO_ONE
    said: tuple[Saying, ...] = ()
    demands: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
