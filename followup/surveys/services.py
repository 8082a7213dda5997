"""The question of a follow-up: asked once a round, followed through the outbox, dropped when it has no object.

A matter passed in review is found by a beat task (``matters_to_ask``); everything about one matter takes turns by its
lock, so whatever runs twice or at once does its work once.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import SYSTEM, audit_record
from feedback.models import Feedback, State
from feedback.resident.retention import TOMBSTONE
from followup.sms.locks import number_lock
from followup.sms.models import SmsMessage, SmsState
from followup.sms.services import Skipped, sms_cancel, sms_queue
from followup.sms.wording import Why
from followup.surveys.asking import Person, Plan, plans_for
from followup.surveys.closing import round_settle
from followup.surveys.hearing import FollowUpRefused, allow_hearing
from followup.surveys.links import link_to, token_digest, token_for
from followup.surveys.models import OPEN, Dropped, FollowUp, FollowUpAnswer, FollowUpState, Way
from followup.surveys.selectors import (
    ABOUT,
    in_round,
    lookup_of,
    matter_lock,
    people_of,
    round_of,
    voices_to_ask,
    window_end,
)
from measures.models import MatterState, Rectification
from opinion_portal import clock

# Nobody can reply to the question, so the link takes its place: the text is switched off, or the provider lacks it.
_NO_REPLIES = (Why.TEXT_OFF, Why.NO_TEMPLATE)


# Asking --------------------------------------------------------------------------------------------------------------
@transaction.atomic
def followup_schedule(*, rectification_id: int) -> int:
    """Ask each voice of a matter that was passed in review, once in this round; returns how many were new.

    The SMS stands in the outbox when this is committed. Who has no number, wants no messages or was asked within
    thirty days is asked on the receipt page; who has no receipt either cannot be asked, and the centre says so.
    """
    matter = matter_lock(rectification_id)
    if matter.state != MatterState.FOLLOWING_UP:
        return 0
    voices = voices_to_ask(matter)
    # Both in one order for everybody, so that two matters with the same residents never wait for each other.
    for lookup in sorted({lookup for voice in voices if (lookup := lookup_of(voice))}):
        number_lock(lookup)
    people = people_of(voices)
    plans = plans_for(people, clock.now())
    made = _rows(matter, voices, people, plans)
    if made:
        ways = Counter(str(follow_up.way) for follow_up in made)
        audit_record(
            action="followup.schedule", actor=SYSTEM, object_type="matter", object_id=matter.pk, data={"ways": ways}
        )
    return len(made)


def _rows(
    matter: Rectification, voices: Sequence[Feedback], people: Sequence[Person], plans: Sequence[Plan]
) -> list[FollowUp]:
    known = {follow_up.feedback_id: follow_up for follow_up in round_of(matter)}
    made = []
    for voice, person, plan in zip(voices, people, plans, strict=True):
        if voice.pk in known:
            continue
        known[voice.pk] = follow_up = _row(matter, plan, known)
        made.append(follow_up)
        if plan.way == Way.SMS:
            _question_send(follow_up, voice, person)
    return made


def _row(matter: Rectification, plan: Plan, known: Mapping[int, FollowUp]) -> FollowUp:
    now = clock.now()
    round_ = matter.reopen_count
    return FollowUp.objects.create(
        rectification=matter,
        feedback_id=plan.feedback_id,
        round=round_,
        way=plan.way,
        state=FollowUpState.CANCELLED if plan.dropped else FollowUpState.WAITING,
        dropped=plan.dropped,
        asked_with=known[plan.asked_with] if plan.asked_with else None,
        token_digest=token_digest(token_for(matter.pk, plan.feedback_id, round_)),
        due_at=now,
        # Who cannot be asked is waited for by nobody.
        expires_at=now if plan.way == Way.NONE else window_end(now),
        created_at=now,
        changed_at=now,
    )


def _question_send(follow_up: FollowUp, voice: Feedback, person: Person) -> None:
    """Write the question into the outbox; where it cannot be sent, ask in the way that is left."""
    way = Way.SMS
    written = _queue(follow_up, voice, "survey", {"reference": voice.reference}, is_question=True)
    if isinstance(written, Skipped) and written.why in _NO_REPLIES:
        way = Way.PAGE
        written = _queue(follow_up, voice, "survey-link", {"link": link_to(follow_up)}, is_question=True)
    if isinstance(written, Skipped):
        way = person.way_without_sms
        FollowUp.objects.filter(pk=follow_up.pk).update(message=written.message, way=way)
        if way == Way.NONE:
            FollowUp.objects.filter(pk=follow_up.pk).update(expires_at=follow_up.due_at)
    else:
        due_at = written.due_at
        FollowUp.objects.filter(pk=follow_up.pk).update(
            message=written, way=way, due_at=due_at, expires_at=window_end(due_at)
        )
    follow_up.way = way


def _queue(
    follow_up: FollowUp, voice: Feedback, text_code: str, values: Mapping[str, str], *, is_question: bool
) -> SmsMessage | Skipped:
    return sms_queue(
        text_code=text_code,
        values=values,
        feedback=voice,
        is_question=is_question,
        about=(ABOUT, follow_up.pk),
    )


# Following the outbox ------------------------------------------------------------------------------------------------
def messages_follow() -> int:
    """Note which questions have left, and ask otherwise where one did not; returns how many changed.

    One of which nobody will ever learn whether it left is asked otherwise too: its window must begin some day.
    """
    by_sms = FollowUp.objects.filter(state__in=OPEN, way__in=(Way.SMS, Way.PAGE), message__isnull=False)
    left = by_sms.filter(state=FollowUpState.WAITING, message__state__in=(SmsState.SENT, SmsState.DELIVERED))
    came_to_nothing = Q(message__state__in=(SmsState.FAILED, SmsState.CANCELLED))
    lost = by_sms.filter(came_to_nothing | Q(message__state=SmsState.UNKNOWN, message__ask_at=None))
    return sum(_asked(follow_up) for follow_up in left.select_related("message")) + sum(
        _not_asked(follow_up) for follow_up in lost.select_related("feedback__receipt")
    )


def _asked(follow_up: FollowUp) -> bool:
    sent_at = (follow_up.message and follow_up.message.sent_at) or clock.now()
    return _changed(
        follow_up, state=FollowUpState.ASKED, asked_at=sent_at, due_at=sent_at, expires_at=window_end(sent_at)
    )


def _not_asked(follow_up: FollowUp) -> bool:
    """The SMS came to nothing: the receipt page is left, for the whole window from now on, or no way at all."""
    now = clock.now()
    has_receipt = hasattr(follow_up.feedback, "receipt")
    return _changed(
        follow_up,
        state=FollowUpState.WAITING,
        way=Way.RECEIPT if has_receipt else Way.NONE,
        asked_at=None,
        due_at=now,
        expires_at=window_end(now) if has_receipt else now,
    )


def _changed(follow_up: FollowUp, **changes: object) -> bool:
    standing = FollowUp.objects.filter(pk=follow_up.pk, state=follow_up.state, way=follow_up.way)
    return bool(standing.update(**changes, changed_at=clock.now()))


@transaction.atomic
def link_send(*, follow_up: FollowUp, officer: Officer) -> SmsMessage | Skipped:
    """Send the link as a second way to answer, when a resident says that the reply does not get through. Once.

    Raises ``FollowUpRefused`` when the link went out before or nobody waits for an answer any more.
    """
    allow_hearing(officer, matter_lock(follow_up.rectification_id))
    follow_up = FollowUp.objects.select_related("feedback").get(pk=follow_up.pk)
    if follow_up.state not in OPEN:
        raise FollowUpRefused(
            _("Nobody waits for this answer any more: %(state)s.") % {"state": follow_up.get_state_display()}
        )
    if SmsMessage.objects.filter(about_type=ABOUT, about_id=follow_up.pk, text__code="survey-link").exists():
        raise FollowUpRefused(_("The link has been sent already; a second one would be a nuisance."))
    written = _queue(follow_up, follow_up.feedback, "survey-link", {"link": link_to(follow_up)}, is_question=False)
    audit_record(action="followup.link", actor=officer, object_type="follow_up", object_id=follow_up.pk)
    return written


# Dropping ------------------------------------------------------------------------------------------------------------
def followups_drop() -> int:
    """Drop the questions whose message was withdrawn or whose matter went another way; returns how many."""
    withdrawn = Q(feedback__state=State.WITHDRAWN)
    silent = FollowUp.objects.filter(
        withdrawn, state=FollowUpState.SILENT, rectification__state=MatterState.FOLLOWING_UP
    )
    waiting = FollowUp.objects.filter(withdrawn | ~in_round(), state__in=OPEN)
    gone = [*waiting.select_related("feedback"), *silent.select_related("feedback")]
    return sum(_drop(follow_up) for follow_up in gone)


@transaction.atomic
def _drop(follow_up: FollowUp) -> bool:
    matter = matter_lock(follow_up.rectification_id)
    is_withdrawn = follow_up.feedback.state == State.WITHDRAWN
    why = Dropped.WITHDRAWN if is_withdrawn else Dropped.MOVED_ON
    if not _changed(follow_up, state=FollowUpState.CANCELLED, dropped=why):
        return False
    sms_cancel(about=(ABOUT, follow_up.pk))
    round_settle(matter)
    return True


def words_forget(*, since: datetime | None = None) -> int:
    """Empty the residents' words where the message itself was withdrawn or has been kept long enough.

    ``since`` looks only at messages that changed since then.
    """
    gone = Q(feedback__state=State.WITHDRAWN) | Q(feedback__content=TOMBSTONE)
    if since is not None:
        gone &= Q(feedback__changed_at__gte=since)
    follow_ups = FollowUp.objects.filter(gone)
    answers = FollowUpAnswer.objects.filter(follow_up__in=follow_ups.values("pk")).exclude(comment="", redacted="")
    emptied = answers.update(comment="", redacted="")
    return emptied + follow_ups.exclude(comment="", redacted="").update(comment="", redacted="", changed_at=clock.now())
