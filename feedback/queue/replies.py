"""The bureau's list of reasons and destinations with the words that residents are told (``reference/replies.csv``)."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.utils.translation import get_language

_FILE = Path(__file__).resolve().parent.parent / "reference" / "replies.csv"
OTHER = "other"


@dataclass(frozen=True)
class Reply:
    """One line of the list: why a voice is not taken up, or where it belongs, and what the resident reads."""

    decision: str
    code: str
    name: str
    name_en: str
    reply: str
    reply_en: str

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    def told(self, language: str) -> str:
        """What the resident is told, in the language of his or her message."""
        return self.reply_en if language.startswith("en") else self.reply


@cache
def replies(decision: str) -> tuple[Reply, ...]:
    """The lines for ``invalid`` or ``out_of_scope``, in the order of the file."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Reply(**row) for row in csv.DictReader(file) if row["decision"] == decision)


def reply_named(decision: str, code: str) -> Reply | None:
    """The line of this code, or ``None``: the list may have lost a code that an old decision carries."""
    return next((reply for reply in replies(decision) if reply.code == code), None)


def reason_join(code: str, text: str) -> str:
    """A decision's reason as it is stored: the code, and on the following lines the officer's own words."""
    return "\n".join(filter(None, [code, text]))


def reason_told(decision: str, reason: str) -> str:
    """A stored reason for people: the code's name and the officer's own words."""
    code, _separator, text = reason.partition("\n")
    reply = reply_named(decision, code)
    if reply is None:
        return reason
    if code == OTHER and text:
        return text
    return f"{reply} · {text}" if text else str(reply)
