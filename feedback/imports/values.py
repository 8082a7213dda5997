"""Cells to values: times, grades, kinds, phone numbers, yes and no, in the many ways in which files write them.

Pure functions. A cell that is empty gives ``None`` or the empty value; one that cannot be read raises ``ValueError``.
"""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

from feedback.imports.tables import Cell

_DATE = re.compile(
    r"(?P<year>\d{4})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*日?"
    r"(?:[\sT]*(?P<half>上午|下午|晚上|am|pm)?\s*(?P<hour>\d{1,2})\s*[:时点]\s*(?P<minute>\d{1,2})?\s*分?"
    r"(?:\s*:?\s*(?P<second>\d{1,2})(?:\.\d+)?\s*秒?)?\s*(?P<pm>am|pm)?\s*(?P<zone>z|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")
# Days since 1899-12-30, as spreadsheets count; the bounds are 1954 and 2119.
_SERIAL = (20_000, 80_000)
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  # a spreadsheet's serial number has no zone
_NOTHING = {"", "-", "--", "/", "无", "未评", "未评价", "n/a", "na", "null", "none", "nan"}
_YES = {"1", "true", "yes", "y", "是", "有", "同意", "已同意", "√", "✓", "对"}
_NO = {"0", "false", "no", "n", "否", "不", "不同意", "未同意", "×", "✗"}
_GRADES = {
    "非常满意": 5, "很满意": 5, "满意": 4, "比较满意": 4, "基本满意": 3, "一般": 3, "不满意": 2, "不太满意": 2,
    "非常不满意": 1, "很不满意": 1, "非常安全": 5, "很安全": 5, "安全": 4, "比较安全": 4, "基本安全": 3, "不安全": 2,
    "不太安全": 2, "非常不安全": 1, "很不安全": 1,
    "very satisfied": 5, "satisfied": 4, "basically satisfied": 3, "neutral": 3, "dissatisfied": 2,
    "very dissatisfied": 1, "very safe": 5, "safe": 4, "fairly safe": 3, "unsafe": 2, "very unsafe": 1,
    "一": 1, "二": 2, "三": 3, "四": 4, "五": 5,
}  # fmt: skip
_KINDS = {
    "praise": {"praise", "compliment", "thanks", "表扬", "点赞", "感谢", "好评", "赞扬"},
    "suggestion": {"suggestion", "advice", "proposal", "idea", "建议", "意见", "意见建议"},
    "complaint": {"complaint", "report", "投诉", "举报", "投诉举报", "批评", "差评"},
    "help": {"help", "request", "request for help", "求助", "求决", "求助求决", "帮助"},
    "question": {"question", "consult", "consultation", "enquiry", "inquiry", "咨询", "询问", "提问"},
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without ``.0``, times as ISO, nothing as ``""``."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _plain(cell: Cell) -> str:
    return unicodedata.normalize("NFKC", text_of(cell)).strip().lower()


def moment_of(cell: Cell, zone: tzinfo) -> datetime | None:
    """When: an aware time in UTC. A time without a zone is the bureau's (``zone``); a date alone is its midnight."""
    if isinstance(cell, datetime):
        found = cell
    elif isinstance(cell, date):
        found = datetime.combine(cell, time.min)
    elif isinstance(cell, int | float) and not isinstance(cell, bool):
        found = _from_number(cell)
    elif _plain(cell) in _NOTHING:
        return None
    else:
        found = _from_text(_plain(cell))
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def _from_number(number: float) -> datetime:
    return _from_serial(number) if _SERIAL[0] <= number <= _SERIAL[1] else _from_text(str(int(number)))


def _from_serial(number: float) -> datetime:
    """A spreadsheet's day number."""
    if not _SERIAL[0] <= number <= _SERIAL[1]:
        raise ValueError(number)
    return _EPOCH + timedelta(seconds=round(number * 86_400))


def _from_text(text: str) -> datetime:
    if compact := _COMPACT.fullmatch(text):
        return datetime(*(int(part or 0) for part in compact.groups()))  # type: ignore[arg-type]  # noqa: DTZ001
    if re.fullmatch(r"\d{5}(\.\d+)?", text):
        return _from_serial(float(text))
    parts = _DATE.fullmatch(text)
    if not parts:
        raise ValueError(text)
    return datetime(  # noqa: DTZ001  # the zone, if the text gives one, follows
        int(parts["year"]),
        int(parts["month"]),
        int(parts["day"]),
        _hour(parts),
        int(parts["minute"] or 0),
        int(parts["second"] or 0),
    ).replace(tzinfo=_zone(parts["zone"]))


def _hour(parts: re.Match[str]) -> int:
    hour, half = int(parts["hour"] or 0), parts["half"] or parts["pm"] or ""
    if half in {"下午", "晚上", "pm"} and hour < 12:
        return hour + 12
    return 0 if half == "am" and hour == 12 else hour


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    if text == "z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=minutes if text[0] == "+" else -minutes))


def grade_of(cell: Cell) -> int | None:
    """A grade 1 … 5: a digit, stars, or the words of the five-grade scale (非常满意 5 … 非常不满意 1)."""
    text = _plain(cell)
    if text in _NOTHING:
        return None
    if set(text) <= {"★", "☆"}:
        return _in_range(text.count("★"))
    bare = re.sub(r"\s*(星级?|分|级|stars?)$", "", text)
    if bare in _GRADES:
        return _GRADES[bare]
    number = float(bare)
    return _in_range(int(number) if number.is_integer() else 0)


def _in_range(grade: int) -> int:
    if 1 <= grade <= 5:
        return grade
    raise ValueError(grade)


def kind_of(cell: Cell) -> str:
    """One of the five kinds, ``""`` when none is said."""
    text = re.sub(r"类$", "", _plain(cell))
    if text in _NOTHING:
        return ""
    if text not in _KIND_OF:
        raise ValueError(text)
    return _KIND_OF[text]


def yes_of(cell: Cell) -> bool:
    """Whether the cell says yes; an empty one does not."""
    text = _plain(cell)
    if text in _YES:
        return True
    if text in _NOTHING or text in _NO:
        return False
    raise ValueError(text)


def phone_of(cell: Cell) -> str:
    """A mobile (11 digits) or landline number without separators, ``""`` when there is none."""
    text = re.sub(r"[\s\-()–—.]", "", _plain(cell))
    if text in _NOTHING:
        return ""
    digits = re.sub(r"^(\+|00)?86(?=1\d{10}$)", "", text)
    if re.fullmatch(r"1[3-9]\d{9}|0\d{9,11}|\d{7,8}", digits):
        return digits
    raise ValueError("phone")
