"""What is to be asked, what has been answered, what waits: the reads that the services of following up stand on."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from feedback.models import Feedback, State
from followup.sms.models import SmsReply
from followup.sms.selectors import histories_of
from followup.surveys.asking import Person
from followup.surveys.links import token_digest
from followup.surveys.models import OPEN, FollowUp, FollowUpAnswer, FollowUpState, Satisfaction
from measures.models import MatterState, Rectification, RectificationVoice
from measures.selectors import deadline_amount, working_calendar
from opinion_portal import clock

ABOUT = "follow_up"


def matter_lock(rectification_id: int) -> Rectification:
    """The matter, held until the transaction ends: all that follows up one matter takes turns."""
    return Rectification.objects.select_for_update(no_key=True, of=("self",)).get(pk=rectification_id)


def window_end(start: datetime) -> datetime:
    """The first moment at which an answer to a question of ``start`` is no longer waited for."""
    return working_calendar().due_at(start, deadline_amount("survey-window"), clock.BUREAU_ZONE)


# Asking --------------------------------------------------------------------------------------------------------------
def matters_to_ask(limit: int) -> list[int]:
    """Matters passed in review, of which a voice has no follow-up in this round yet."""
    asked = FollowUp.objects.filter(
        rectification=OuterRef("rectification"),
        feedback=OuterRef("feedback"),
        round=OuterRef("rectification__reopen_count"),
    )
    voices = RectificationVoice.objects.filter(~Exists(asked), rectification__state=MatterState.FOLLOWING_UP)
    return list(voices.order_by("rectification").values_list("rectification", flat=True).distinct()[:limit])


def voices_to_ask(rectification: Rectification) -> list[Feedback]:
    """The voices of a matter in order of arrival, then those that were joined to one of them as duplicates.

    Whoever said the same is asked too: it is the person who is asked once, not the matter.
    """
    own = Feedback.objects.filter(matter_link__rectification=rectification)
    found = {voice.pk: voice for voice in _with_contact(own)}
    edge = list(found)
    while edge:
        joined = Feedback.objects.filter(duplicate_of__in=edge, state=State.DUPLICATE).exclude(pk__in=found)
        fresh = {voice.pk: voice for voice in _with_contact(joined)}
        found |= fresh
        edge = list(fresh)
    return list(found.values())


def _with_contact(voices: QuerySet[Feedback]) -> QuerySet[Feedback]:
    return voices.select_related("contact", "receipt").order_by("id")


def people_of(voices: Sequence[Feedback]) -> list[Person]:
    """Whoever spoke, with the surveys that went to each number. Call it with the numbers locked."""
    histories = histories_of([lookup for voice in voices if (lookup := lookup_of(voice))], planned=True)
    people = []
    for voice in voices:
        lookup = lookup_of(voice)
        people.append(
            Person(
                feedback_id=voice.pk,
                is_withdrawn=voice.state == State.WITHDRAWN,
                has_receipt=hasattr(voice, "receipt"),
                lookup=lookup,
                surveys=histories[lookup].questions if lookup in histories else (),
            )
        )
    return people


def lookup_of(voice: Feedback) -> bytes | None:
    """The keyed hash of the number that is still there; the voice comes from ``voices_to_ask``."""
    contact = getattr(voice, "contact", None)
    if contact is None or contact.erased_at is not None or contact.lookup is None:
        return None
    return bytes(contact.lookup)


# Standing ------------------------------------------------------------------------------------------------------------
def round_of(rectification: Rectification) -> QuerySet[FollowUp]:
    """The follow-ups of the matter's present round."""
    return FollowUp.objects.filter(rectification=rectification, round=rectification.reopen_count)


def in_round() -> Q:
    """That a follow-up belongs to the present round of a matter that is being followed up."""
    return Q(rectification__state=MatterState.FOLLOWING_UP, round=F("rectification__reopen_count"))


def matters_to_close() -> QuerySet[Rectification]:
    """Matters of which nobody is waited for any more and nobody was heard: a person has to say why they may close."""
    now = FollowUp.objects.filter(rectification=OuterRef("pk"), round=OuterRef("reopen_count"))
    waits = now.filter(state__in=[*OPEN, FollowUpState.ANSWERED])
    return Rectification.objects.filter(Exists(now), ~Exists(waits), state=MatterState.FOLLOWING_UP)


def follow_up_by_token(token: str) -> FollowUp | None:
    """The follow-up of this link, or ``None``; tells nothing about what was wrong with it."""
    found = FollowUp.objects.filter(token_digest=token_digest(token))
    return found.select_related("rectification__item__category", "feedback").first()


# Replies -------------------------------------------------------------------------------------------------------------
def replies_about_followups() -> QuerySet[SmsReply]:
    """What residents wrote back to the questions of follow-ups, not taken into account yet."""
    taken = FollowUpAnswer.objects.filter(reply=OuterRef("pk"))
    return SmsReply.objects.filter(~Exists(taken), message__about_type=ABOUT).select_related("message")


def replies_to_take(limit: int, *, since: datetime | None = None) -> list[SmsReply]:
    """The replies that answer (those that came in ``since``), in the order in which they were written."""
    answers = replies_about_followups().filter(answer__in=Satisfaction.values)
    if since is not None:
        answers = answers.filter(received_at__gte=since)
    return list(answers.order_by("replied_at", "id")[:limit])


def follow_ups_by_id(ids: Iterable[int]) -> dict[int, FollowUp]:
    """These follow-ups with their matter and voice."""
    found = FollowUp.objects.filter(pk__in=list(ids)).select_related("rectification", "feedback")
    return {follow_up.pk: follow_up for follow_up in found}
