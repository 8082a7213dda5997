"""Words and numbers as official Chinese documents write them."""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
# What a typesetter puts where the type is missing; visible, and never mistaken for a character.
SUBSTITUTE = "〓"
_DIGITS = "〇一二三四五六七八九"
# Not allowed in XML, or alone no character at all.
_UNFIT = {"\ufffe", "\uffff"}
_ACCENTED = re.compile("[^\u0300-\u036f][\u0300-\u036f]+")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BODIES = "局厅部院所队室委办处"


def date_text(day: date) -> str:
    """``2024年5月9日``: Arabic numerals, no leading zeros (GB/T 9704-2012, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_text(moment: datetime) -> str:
    """``2024年5月24日9时30分``, in Shanghai time when the moment knows its zone."""
    local = moment.astimezone(SHANGHAI) if moment.tzinfo else moment
    minutes = f"{local.minute}分" if local.minute else ""
    return f"{date_text(local)}{local.hour}时{minutes}"


def span_text(start: datetime, end: datetime | None) -> str:
    """``2024年5月24日9时30分至10时40分``; the end's day is said only when it is another."""
    if end is None:
        return moment_text(start)
    first, last = moment_text(start), moment_text(end)
    day = first[: first.index("日") + 1]
    return f"{first}至{last.removeprefix(day)}"


def number_text(prefix: str, year: int, number: int) -> str:
    """``沈公民约〔2024〕1号``: full year in 〔〕, no 第, no leading zero (GB/T 9704-2012, 7.2.5)."""
    return f"{prefix}〔{year}〕{number}号"


def numeral(number: int) -> str:
    """1 → 一, 12 → 十二, 30 → 三十; for the headings of a document.

    Raises:
        ValueError: outside 1 to 99.
    """
    if not 1 <= number <= 99:
        raise ValueError(f"No heading is numbered {number}.")
    tens, ones = divmod(number, 10)
    return (_DIGITS[tens] if tens > 1 else "") + ("十" if tens else "") + (_DIGITS[ones] if ones else "")


def listed(names: Iterable[str], mark: str = "、") -> str:
    """The names that are not empty, with ``mark`` between them."""
    return mark.join(name for name in map(clean, names) if name)


def ended(text: str, mark: str = "。") -> str:
    """``text`` with a mark at its end, unless it already has one."""
    return text if not text or text[-1] in "。；！？…" else text.rstrip("，、：,;.") + mark


def clean(text: str) -> str:
    """One line of printable characters: line breaks and tabs become spaces, invisible characters go.

    Characters that turn the writing direction go too: they could make a number read backwards. A letter and its
    accents become one character where there is one; the rest stays as written, for composing it all would replace
    some Chinese characters.
    """
    composed = _ACCENTED.sub(lambda found: unicodedata.normalize("NFC", found.group()), _SELECTORS.sub("", text))
    return re.sub(" +", " ", "".join(map(_printable, composed))).strip(" ")


def paragraphs(text: str) -> list[str]:
    """The lines of ``text`` that say something, each clean."""
    return [line for line in map(clean, text.splitlines()) if line]


def _printable(letter: str) -> str:
    category = unicodedata.category(letter)
    if letter.isspace() and letter != "\u3000":
        return " "
    if category in {"Cc", "Cf"}:
        return ""
    return SUBSTITUTE if category == "Cs" or letter in _UNFIT else letter


def halves(name: str) -> tuple[str, str]:
    """A body's name in two lines, cut after the organ nearest to its middle: 公安局沈河分局 / 民意诉求感知中心."""
    middle = len(name) / 2
    cuts = [place for place in range(2, len(name) - 1) if name[place - 1] in _BODIES] or [round(middle)]
    cut = min(cuts, key=lambda place: abs(place - middle))
    return name[:cut], name[cut:]
