"""What the centre may decide about what: plain rules on plain data."""

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


def is_plainly_about_no_unit(item: str, kind: str) -> bool:
    """Whether "about no unit" may be assumed: never for a complaint, an unknown kind or an item about the police."""
    return kind not in ("", Kind.COMPLAINT) and (item not in ITEMS_ABOUT_POLICE or kind == Kind.PRAISE)
