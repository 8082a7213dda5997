"""How each voice of a matter is to be asked: plain rules on plain data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from followup.sms.hours import contact_budget
from followup.surveys.models import Dropped, Way


@dataclass(frozen=True)
class Person:
    """Whoever spoke, as far as that matters for asking. ``lookup`` is the keyed hash of a number that is still there.

    ``surveys`` are the questions that went to this number, or will go.
    """

    feedback_id: int
    is_withdrawn: bool = False
    has_receipt: bool = False
    lookup: bytes | None = None
    surveys: Sequence[datetime] = ()

    @property
    def way_without_sms(self) -> Way:
        """What is left where no SMS can or may be sent."""
        return Way.RECEIPT if self.has_receipt else Way.NONE


@dataclass(frozen=True)
class Plan:
    """How one voice is asked; ``asked_with`` is the voice under which the same person is asked."""

    feedback_id: int
    way: Way
    dropped: str = ""
    asked_with: int | None = None


def plans_for(people: Sequence[Person], now: datetime) -> list[Plan]:
    """One plan for each voice, in the given order: nobody is asked twice, not even under two messages."""
    first: dict[bytes, int] = {}
    plans = []
    for person in people:
        if person.is_withdrawn:
            plans.append(Plan(person.feedback_id, Way.NONE, Dropped.WITHDRAWN))
        elif person.lookup is not None and person.lookup in first:
            plans.append(Plan(person.feedback_id, Way.NONE, Dropped.SAME_PERSON, first[person.lookup]))
        else:
            if person.lookup is not None:
                first[person.lookup] = person.feedback_id
            plans.append(Plan(person.feedback_id, _way(person, now)))
    return plans


def _way(person: Person, now: datetime) -> Way:
    """By SMS where there is a number and no survey went to it in thirty days; a second one is not even planned."""
    if person.lookup is not None and contact_budget(person.surveys, now) <= now:
        return Way.SMS
    return person.way_without_sms
