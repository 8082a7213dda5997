"""What the centre may decide about what: plain rules on plain data."""

import re

from feedback.models import Kind, State

# What a decision may be, and from where one may decide (again). A withdrawn voice is gone; a bare rating says nothing.
DECISIONS = (State.CONFIRMED, State.INVALID, State.DUPLICATE, State.OUT_OF_SCOPE)
DECIDABLE = (State.RECEIVED, *DECISIONS)
OUT_ITEM = "OUT"
# Items that speak of officers or their counters: a complaint under them is hardly ever about no unit.
ITEMS_ABOUT_POLICE = frozenset({"S1", "S3"})


def needs_a_unit(item: str, kind: str) -> bool:
    """Whether "about no unit" must be said twice, because the accused must not receive what accuses them."""
    return kind == Kind.COMPLAINT and item in ITEMS_ABOUT_POLICE


# Whoever writes one of these may be speaking of an officer, and only a person can tell whether it is praise. The
# pattern is read by Python and by PostgreSQL alike.
POLICE = (
    "警察|民警|辅警|协警|交警|巡警|片警|刑警|特警|干警|女警|男警|户籍警|值班警|警官|警员|警务|警号|警长|接警|出警|报警"
    "|派出所|分局|公安|所长|队长|指导员|教导员|police|officer|policem[ae]n|cops"
)
_NAMES_POLICE = re.compile(POLICE, re.IGNORECASE)


def names_police(text: str) -> bool:
    """Whether ``text`` speaks of the police."""
    return bool(_NAMES_POLICE.search(text))


def kind_offered(said: str, guessed: str, *, is_of_police: bool) -> str:
    """The kind that stands in the form at first: what the resident chose, else the classifier's guess.

    That words about the police are praise is never guessed: a complaint taken for praise would reach the accused.
    """
    return said or ("" if guessed == Kind.PRAISE and is_of_police else guessed)


def is_plainly_about_no_unit(item: str, kind: str, *, is_of_police: bool, is_praised: bool) -> bool:
    """Whether "about no unit" may be assumed: never for a complaint, an unknown kind or what speaks of the police.

    ``is_praised``: the resident himself chose praise and gave no bad grade; then no harm is done.
    """
    if is_praised:
        return True
    return kind not in ("", Kind.COMPLAINT) and item not in ITEMS_ABOUT_POLICE and not is_of_police


def is_praised(said: str, service_rating: int | None) -> bool:
    """Whether the resident chose praise, and the grade does not say otherwise."""
    return said == Kind.PRAISE and (service_rating is None or service_rating > 2)
