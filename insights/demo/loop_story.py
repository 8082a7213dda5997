"""What becomes of the demonstration's matters: pure, and told as far as time has got.

A course is a list of steps, each so many working days after dispatch. A step whose day has not come yet is not played:
the same course shows a matter at its end when it was sent long ago, and on its way when it was sent lately.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HANDLING = Path(__file__).with_name("handling.csv")
# At what hour of its working day each step is taken; what is not named is taken at ten.
HOURS = {
    "progress": 15,
    "submit": 16,
    "redispatch": 15,
    "satisfied": 18,
    "partly": 18,
    "dissatisfied": 18,
    "called": 19,
    "window": 23,
}


@dataclass(frozen=True)
class Course:
    """``steps``: working days after dispatch, and what is done. ``needs``: whom the follow-up must be able to reach."""

    steps: tuple[tuple[int, str], ...]
    needs: str = ""


@dataclass(frozen=True)
class Handling:
    """What a unit answers about an item, what the resident reads, and what one says who is not satisfied."""

    result: str
    reply: str
    again: str


def _course(text: str, needs: str = "") -> Course:
    steps = (step.split() for step in text.split(","))
    return Course(tuple((int(day), name) for day, name in steps), needs)


RECEIPT, CONTACT, CALLABLE = "receipt", "contact", "callable"
COURSES = {
    # The straight way, and who says what at its end.
    "solved": _course("0 acknowledge, 1 progress, 2 submit, 3 passed, 4 satisfied", RECEIPT),
    "written": _course("0 acknowledge, 2 submit, 3 passed, 4 satisfied", CONTACT),
    "partly": _course("1 acknowledge, 3 submit, 4 passed, 5 partly, 10 window", RECEIPT),
    "silent": _course("1 acknowledge, 2 submit, 3 passed, 9 window"),
    "unheard": _course("1 acknowledge, 2 submit, 3 passed, 9 window, 10 impossible"),
    "left_out": _course("1 acknowledge, 3 submit, 4 left_out, 5 satisfied", RECEIPT),
    # Not satisfied: reopened, called back, and again.
    "reopened": _course("0 acknowledge, 1 submit, 2 passed, 3 dissatisfied, 5 submit, 6 passed, 7 satisfied", RECEIPT),
    "called": _course("0 acknowledge, 1 submit, 2 passed, 3 dissatisfied, 3 called, 5 submit, 6 passed", CALLABLE),
    "unsolved": _course("0 acknowledge, 1 submit, 2 passed, 3 dissatisfied", CALLABLE),
    "twice": _course("0 acknowledge, 0 submit, 1 passed, 2 dissatisfied, 3 submit, 4 passed, 5 dissatisfied", RECEIPT),
    "appealed": _course("0 acknowledge, 1 submit, 2 passed, 3 dissatisfied, 4 ask_appeal, 5 grant", RECEIPT),
    "appealing": _course("0 acknowledge, 1 submit, 2 passed, 3 dissatisfied, 4 ask_appeal", RECEIPT),
    # Review, returns, extensions, suspensions.
    "reworked": _course("1 acknowledge, 2 submit, 3 rework, 4 submit, 5 passed, 6 satisfied", RECEIPT),
    "returned": _course("1 ask_return, 2 grant, 2 redispatch, 3 acknowledge, 5 submit, 6 passed, 7 satisfied", RECEIPT),
    "given_back": _course("1 ask_return, 2 grant"),
    "designated": _course("1 ask_return, 2 refuse, 3 acknowledge, 5 submit"),
    "returning": _course("1 ask_return"),
    "extended": _course("1 acknowledge, 3 ask_extension, 4 grant, 9 submit"),
    "extending": _course("1 acknowledge, 2 ask_extension"),
    "suspended": _course("1 acknowledge, 2 ask_suspension, 4 grant"),
    "suspending": _course("1 acknowledge, 2 ask_suspension"),
    "resumed": _course("1 acknowledge, 2 ask_suspension, 4 grant, 7 resume"),
    "given_up": _course("1 acknowledge, 2 ask_suspension, 4 grant, 7 close_suspended"),
    # Late, pressed, handed over, just begun.
    "late": _course("2 acknowledge, 7 supervise"),
    "unsigned": _course("7 supervise"),
    "late_answer": _course("1 acknowledge, 6 submit, 7 passed, 8 satisfied", RECEIPT),
    "to_110": _course("0 hand_110"),
    "to_petition": _course("1 acknowledge, 2 hand_petition"),
    "new": _course("1 acknowledge, 2 progress, 4 submit"),
}
# Which course, sent how many working days ago, the oldest first: that is the order in which residents spoke.
SENT = (
    ("late", 18), ("unsigned", 17), ("given_up", 17), ("late", 16), ("to_petition", 16), ("unheard", 15),
    ("late", 13), ("late_answer", 10), ("partly", 10), ("reopened", 10), ("solved", 10), ("extended", 10),
    ("called", 9), ("twice", 9), ("solved", 9), ("returned", 9), ("silent", 9), ("resumed", 9), ("appealed", 8),
    ("reworked", 8), ("solved", 8), ("written", 8), ("suspended", 8), ("solved", 8), ("late", 8), ("appealing", 7),
    ("solved", 7), ("written", 7), ("left_out", 7), ("solved", 7), ("reopened", 7), ("written", 6), ("solved", 6),
    ("designated", 6), ("unsolved", 6), ("solved", 6), ("given_back", 5), ("written", 5), ("solved", 5), ("new", 5),
    ("solved", 4), ("suspending", 4), ("solved", 4), ("extending", 3), ("solved", 3), ("new", 3), ("to_110", 2),
    ("returning", 2), ("new", 2), ("new", 1), ("new", 1), ("new", 0), ("new", 0),
)  # fmt: skip


def handling_read() -> dict[str, Handling]:
    """The book of answers, by item."""
    with HANDLING.open(encoding="utf-8", newline="") as source:
        return {row["item"]: Handling(row["result"], row["reply"], row["again"]) for row in csv.DictReader(source)}


def courses() -> Iterator[tuple[Course, int]]:
    """Every course of the story with the working days since it was sent, the oldest first."""
    return ((COURSES[name], days) for name, days in SENT)
