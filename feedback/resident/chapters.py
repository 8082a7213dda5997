"""What rooms further right add to the story under a receipt.

The resident's page stands in this room, and what became of the voice is known in rooms that this one may not import.
So each of them has a *chapter*: a function from a voice to what it has to tell. ``settings.RECEIPT_CHAPTERS`` names
them from left to right; ``selectors.story_of`` lays one over the other. See ``docs/decisions/0005``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django import forms
from django.conf import settings
from django.utils.module_loading import import_string

from feedback.models import Feedback

# How far a matter has come, for programmes that read the story; a page reads the words instead.
STAGES = ("given", "handling", "reviewing", "answered", "closed", "returned", "suspended", "handed_over")


@dataclass(frozen=True)
class Event:
    """One line of the story: when, and what happened in plain words."""

    at: datetime
    text: str


@dataclass(frozen=True)
class Question:
    """What the resident may answer now: a form, and the address that takes it together with the receipt."""

    address: str
    form: forms.Form


@dataclass(frozen=True)
class Chapter:
    """What one room knows of a voice. Whatever is empty leaves the story as it is.

    ``stage`` is one of ``STAGES``. ``unit`` handles the matter until ``due_on``; no officer is ever named.
    ``answer`` is the public answer to the matter.
    """

    status: str = ""
    explanation: str = ""
    stage: str = ""
    unit: str = ""
    due_on: date | None = None
    answer: str = ""
    events: Sequence[Event] = ()
    question: Question | None = None


Teller = Callable[[Feedback], Chapter | None]


@cache
def _tellers() -> list[Teller]:
    return [import_string(path) for path in settings.RECEIPT_CHAPTERS]


def chapters_of(feedback: Feedback) -> list[Chapter]:
    """What the rooms further right tell of this voice, from left to right."""
    return [chapter for teller in _tellers() if (chapter := teller(feedback)) is not None]
