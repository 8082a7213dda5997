"""What a resident may read: which point a code belongs to, and the story of one voice under its receipt."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import AuditEvent, Unit
from feedback.models import CodeState, Feedback, SealedContact, State, Subcategory
from feedback.openings.selectors import TOLD as TOLD_OF_OPENINGS
from feedback.openings.selectors import Opening, openings_of, who_told
from feedback.resident.chapters import Chapter, Event, Question, chapters_of
from opinion_portal.sentences import sentences
from stations.models import PointCode, SensingPoint


@dataclass(frozen=True)
class Place:
    """Where a code was scanned; ``point`` is ``None`` when nobody knows the code."""

    code_state: CodeState
    point: SensingPoint | None = None


@dataclass(frozen=True)
class Story:
    """What the holder of a receipt is told. Never the words of the voice: a found receipt must not give them away.

    ``contact`` is ``"none"``, ``"kept"`` or ``"erased"``. ``stage``, ``unit``, ``due_on``, ``answer`` and ``question``
    come from the rooms further right (``chapters.py``); they are empty until a matter deals with the voice.
    ``summary_stays`` says what a withdrawal leaves with a unit.
    """

    reference: str
    state: str
    status: str
    explanation: str
    reply: str
    item: str
    received_at: datetime
    is_urgent: bool
    contact: str
    openings: list[Opening] = field(default_factory=list)
    history: list[Event] = field(default_factory=list)
    stage: str = ""
    unit: str = ""
    due_on: date | None = None
    answer: str = ""
    question: Question | None = None
    summary_stays: str = ""

    @property
    def seen_by(self) -> list[Opening]:
        """The openings in which a person saw the number."""
        return [opening for opening in self.openings if not opening.is_system]

    @property
    def used_by_system(self) -> list[Opening]:
        """The times the system sent a message and nobody saw the number."""
        return [opening for opening in self.openings if opening.is_system]

    @property
    def can_rate(self) -> bool:
        """Whether the result waits for the resident's rating."""
        return self.question is not None

    @property
    def is_open(self) -> bool:
        """Whether the resident may still add to it or take it back."""
        return self.state != State.WITHDRAWN


def place_of(code: str) -> Place:
    """The point under ``code``, as it stands on the poster; an unknown code is a place too."""
    if not code:
        return Place(CodeState.NONE)
    found = PointCode.objects.select_related("point").filter(code=code).first()
    if found is None:
        return Place(CodeState.UNKNOWN)
    return Place(CodeState.REVOKED if found.revoked_at else CodeState.LIVE, found.point)


def bureau_name() -> str:
    """The bureau that answers for what is collected here (PIPL 17: who)."""
    bureau = Unit.objects.filter(kind=Unit.Kind.BUREAU, is_active=True).first()
    return str(bureau) if bureau else _("the public security bureau")


def story_of(feedback: Feedback) -> Story:
    """The story of ``feedback`` for whoever holds its receipt: this room's own, then what the others add."""
    own = _own_story(feedback)
    story = own
    for chapter in chapters_of(feedback):
        story = _continued(story, chapter)
    if story.state == State.DUPLICATE and story.stage:
        story = replace(story, explanation=_("%(name)s: %(words)s") % {"name": own.status, "words": story.explanation})
    return replace(story, history=sorted(story.history, key=lambda event: event.at))


def _continued(story: Story, chapter: Chapter) -> Story:
    return replace(
        story,
        status=chapter.status or story.status,
        explanation=chapter.explanation or story.explanation,
        stage=chapter.stage or story.stage,
        unit=chapter.unit or story.unit,
        due_on=chapter.due_on or story.due_on,
        answer=chapter.answer or story.answer,
        history=[*story.history, *chapter.events],
        question=chapter.question or story.question,
    )


def _own_story(feedback: Feedback) -> Story:
    contact = SealedContact.objects.filter(feedback=feedback).first()
    acts = list(_acts(feedback))
    status, explanation = _standing(feedback, contact)
    return Story(
        reference=feedback.reference,
        state=feedback.state,
        status=status,
        explanation=explanation,
        reply=feedback.public_reply,
        item=_item(feedback.item) if feedback.item and feedback.state == State.CONFIRMED else "",
        received_at=feedback.received_at,
        is_urgent=feedback.is_urgent,
        contact="none" if contact is None else "erased" if contact.erased_at else "kept",
        openings=openings_of(feedback),
        history=[Event(act.at, text) for act in acts if (text := _told(act))],
        summary_stays=summary_stays(feedback),
    )


def summary_stays(feedback: Feedback) -> str:
    """What a withdrawal cannot call back, in the resident's words; ``""`` while no unit has been handed anything."""
    if not feedback.is_in_matter:
        return ""
    return _("The summary that was handed to the unit holds no name and no phone number; it stays with the matter.")


def _item(item: Subcategory) -> str:
    return _("%(name)s: %(words)s") % {"name": item.category, "words": item}


_TOLD = ("feedback.submit", "feedback.remark", "feedback.classify", "feedback.withdraw", "contact.erase")


def _acts(feedback: Feedback) -> list[AuditEvent]:
    of_this = AuditEvent.objects.filter(
        object_type="feedback", object_id=str(feedback.pk), action__in=[*_TOLD, *TOLD_OF_OPENINGS]
    )
    return list(of_this.select_related("actor__unit").order_by("id"))


def _told(act: AuditEvent) -> str:
    """One act in the resident's words; ``""`` for what is not the resident's business."""
    if act.action == "feedback.classify":
        return _decided().get(str(act.data.get("state")), _("The opinion centre read it."))
    if act.action == "contact.open":
        return _("The sealed contact was opened by %(who)s.") % {"who": who_told(act)}
    return {
        "feedback.submit": _("Your message arrived."),
        "feedback.remark": _("You added something."),
        "feedback.withdraw": _("You withdrew the message; its words and photos were deleted."),
        "contact.erase": _("The phone number was erased."),
        "contact.use": _("The system used your number to send a message."),
    }[act.action]


def _decided() -> dict[str, str]:
    return {
        State.CONFIRMED: _("The opinion centre read it and took it up."),
        State.INVALID: _("The opinion centre read it and could not take it up."),
        State.DUPLICATE: _("The opinion centre joined it to an earlier message about the same thing."),
        State.OUT_OF_SCOPE: _("The opinion centre read it: it is not a police matter."),
    }


def _standing(feedback: Feedback, contact: SealedContact | None) -> tuple[str, str]:
    """Headline and explanation of the present state, in plain words."""
    if feedback.state == State.DUPLICATE:
        return _duplicate(feedback, contact)
    return {
        State.RECEIVED: (
            _("Received, waiting to be read"),
            _("The opinion centre reads every message. Look again in a few working days."),
        ),
        State.CONFIRMED: (
            _("Read and taken up"),
            _("The opinion centre has read your message and recorded what it is about."),
        ),
        State.INVALID: (
            _("Read, cannot be taken up"),
            _("The opinion centre could not work with this message. If something is missing, add it below."),
        ),
        State.OUT_OF_SCOPE: (
            _("Read, not a police matter"),
            _("The police have no power in this. The reply below says where to go."),
        ),
        State.WITHDRAWN: (_("Withdrawn"), _withdrawn(feedback)),
        State.RATED: (
            _("Your rating counts"),
            _("You rated without writing anything, so there is nothing to handle. Thank you."),
        ),
    }[State(feedback.state)]


def _withdrawn(feedback: Feedback) -> str:
    deleted = _("You took this message back. Its words, photos and phone number are deleted.")
    return sentences(deleted, summary_stays(feedback))


def _duplicate(feedback: Feedback, contact: SealedContact | None) -> tuple[str, str]:
    earlier = feedback.duplicate_of
    if earlier is not None and _is_same_person(contact, earlier):
        headline = _("You have told us this before")
        explanation = _("We handle it together with your earlier message, so you need not tell it again.")
    else:
        headline = _("Others have told us too")
        explanation = _("Somebody told us about the same thing. Both are handled together; yours counts as well.")
    if earlier is not None and earlier.state != State.DUPLICATE:
        explanation += " " + _("The earlier message stands at: %(state)s.") % {"state": _standing(earlier, None)[0]}
    return headline, explanation


def _is_same_person(contact: SealedContact | None, earlier: Feedback) -> bool:
    if contact is None or contact.lookup is None:
        return False
    return SealedContact.objects.filter(feedback=earlier, lookup=contact.lookup).exists()
