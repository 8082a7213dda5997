"""What an answer does: kept for good, the last one holds; content closes the matter, anything else reopens it.

An answer comes by SMS (found by looking), over the link, on the receipt page, or from somebody who heard it by phone.
All four go through ``_take`` under the matter's lock.
"""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import RESIDENT, audit_record
from feedback.emergency import emergency_words
from feedback.models import SealedContact, State
from feedback.redaction import redact
from feedback.resident.rules import content_clean
from feedback.services import feedback_remark
from followup.callbacks.models import CallBack, CallBackState
from followup.sms.hours import call_due_at
from followup.sms.models import SmsMessage, SmsReply
from followup.sms.services import sms_cancel, sms_queue
from followup.surveys.closing import round_settle
from followup.surveys.hearing import FollowUpRefused, allow_hearing
from followup.surveys.models import (
    ANSWERABLE,
    OPEN,
    Dropped,
    FollowUp,
    FollowUpAnswer,
    FollowUpState,
    Way,
    is_positive,
)
from followup.surveys.selectors import ABOUT, matter_lock, replies_to_take, round_of
from measures.models import Closing, MatterState, Rectification
from measures.selectors import deadline_amount
from measures.services import rectification_reopen
from measures.texts import heard_text
from opinion_portal import clock
from opinion_portal.sentences import sentences

COMMENT_MAX = 1000
log = structlog.get_logger("followup.surveys")


@dataclass(frozen=True)
class Given:
    """One answer as it came in; ``officer`` heard it by phone, or read what ``reply`` meant."""

    answer: str
    is_solved: bool | None
    way: Way
    said_at: datetime
    comment: str = ""
    is_late: bool = False
    reply: SmsReply | None = None
    officer: Officer | None = None

    @property
    def is_positive(self) -> bool:
        return is_positive(self.answer, is_solved=self.is_solved)


# The four ways -------------------------------------------------------------------------------------------------------
@transaction.atomic
def answer_give(*, follow_up_id: int, way: Way, answer: str, is_solved: bool, comment: str = "") -> FollowUp:
    """The resident's own answer over the link or on the receipt page: once, and while the matter is followed up.

    Raises ``FollowUpRefused`` with what happened when an answer is there already or is waited for no more.
    """
    matter, follow_up = _locked(follow_up_id)
    if problem := answer_problem(follow_up, matter):
        raise FollowUpRefused(problem)
    _take(matter, follow_up, Given(answer, is_solved, way, clock.now(), comment))
    return follow_up


def answer_problem(follow_up: FollowUp, matter: Rectification) -> str:
    """Why the page takes no answer; ``""`` when it does."""
    if follow_up.answered_at is not None:
        when = follow_up.answered_at.astimezone(clock.BUREAU_ZONE).strftime("%Y-%m-%d %H:%M")
        return _("Your answer of %(when)s is here already: %(answer)s. Nothing was stored a second time.") % {
            "when": when,
            "answer": follow_up.get_answer_display(),
        }
    is_now = matter.state == MatterState.FOLLOWING_UP and follow_up.round == matter.reopen_count
    if not is_now or follow_up.state not in ANSWERABLE:
        return _("The matter has moved on meanwhile, so this question is closed. Nothing was stored.")
    return ""


@transaction.atomic
def answer_record(
    *, follow_up_id: int, officer: Officer, answer: str, is_solved: bool | None, comment: str = "",
    said_at: datetime | None = None, reply: SmsReply | None = None,
) -> FollowUp:  # fmt: skip
    """Write down what ``officer`` heard by phone, or what an SMS that nobody could read for certain means.

    Raises ``PermissionDenied`` for an officer of a unit that handles the matter.
    """
    matter, follow_up = _locked(follow_up_id)
    allow_hearing(officer, matter)
    moment = said_at or (reply.replied_at if reply else clock.now())
    way = Way.SMS if reply else Way.CALL
    is_late = reply.is_late if reply else False
    if reply and FollowUpAnswer.objects.filter(reply=reply).exists():
        raise FollowUpRefused(_("Somebody has read this SMS and recorded what it means already."))
    _take(matter, follow_up, Given(answer, is_solved, way, moment, comment, is_late, reply, officer))
    return follow_up


def replies_take(*, limit: int = 200, since: datetime | None = None) -> int:
    """Take the SMS replies into account that answer a follow-up, oldest first; returns how many.

    ``since`` looks only at what came in since then.

    One that cannot be stored keeps no other from its answer: it is logged and found again by the next run.
    """
    taken = 0
    for reply in replies_to_take(limit, since=since):
        try:
            taken += _reply_take(reply)
        except DatabaseError as error:
            log.warning("followup.reply_put_off", reply=reply.pk, error=type(error).__name__)
    return taken


@transaction.atomic
def _reply_take(reply: SmsReply) -> bool:
    if reply.message is None:
        return False
    matter, follow_up = _locked(reply.message.about_id)
    if FollowUpAnswer.objects.filter(reply=reply).exists():
        return False
    comment = content_clean(reply.comment)[:COMMENT_MAX]
    given = Given(reply.answer, None, Way.SMS, reply.replied_at, comment, reply.is_late, reply)
    if _take(matter, follow_up, given):
        _thank(follow_up)
    return True


# What they have in common --------------------------------------------------------------------------------------------
def _locked(follow_up_id: int) -> tuple[Rectification, FollowUp]:
    follow_up = FollowUp.objects.get(pk=follow_up_id)
    matter = matter_lock(follow_up.rectification_id)
    return matter, FollowUp.objects.select_related("feedback").get(pk=follow_up_id)


def _take(matter: Rectification, follow_up: FollowUp, given: Given) -> bool:
    """Keep the answer, let it hold if none is newer, and do what follows from it; whether it holds."""
    is_withdrawn = follow_up.feedback.state == State.WITHDRAWN
    comment = "" if is_withdrawn else given.comment
    redacted = redact(comment).text
    is_late = given.is_late or given.said_at > follow_up.expires_at
    FollowUpAnswer.objects.create(
        follow_up=follow_up,
        way=given.way,
        answer=given.answer,
        is_solved=given.is_solved,
        is_late=is_late,
        comment=comment,
        redacted=redacted,
        said_at=given.said_at,
        taken_at=clock.now(),
        reply=given.reply,
        recorded_by=given.officer,
    )
    if is_withdrawn or (follow_up.answered_at is not None and given.said_at < follow_up.answered_at):
        return False
    FollowUp.objects.filter(pk=follow_up.pk).update(
        state=FollowUpState.ANSWERED,
        dropped="",
        answer=given.answer,
        is_solved=given.is_solved,
        is_late=is_late,
        comment=comment,
        redacted=redacted,
        answered_at=given.said_at,
        answered_by=given.way,
        recorded_by=given.officer,
        changed_at=clock.now(),
    )
    follow_up.refresh_from_db()
    # Whoever has answered is not asked again by what still waits in the outbox.
    sms_cancel(about=(ABOUT, follow_up.pk))
    audit_record(
        action="followup.answer",
        actor=given.officer or RESIDENT,
        object_type="follow_up",
        object_id=follow_up.pk,
        data={"way": str(given.way), "answer": given.answer, "is_solved": given.is_solved, "is_late": is_late},
    )
    _alert(follow_up, comment)
    if given.is_positive:
        round_settle(matter)
    else:
        _send_back(matter, follow_up, given)
    return True


def _alert(follow_up: FollowUp, comment: str) -> None:
    """A call for help in an answer comes to the top of the centre's queue, as in any other message."""
    if emergency_words(comment):
        feedback_remark(feedback=follow_up.feedback, content=comment)


def _send_back(matter: Rectification, follow_up: FollowUp, given: Given) -> None:
    """Reopen the matter with the resident's redacted words, and have the resident called."""
    if _is_to_reopen(matter, follow_up):
        found = {
            "answer": follow_up.answer,
            "is_solved": follow_up.is_solved,
            "words": follow_up.redacted,
            "said_under": _messages_of(follow_up),
        }
        with translation.override(settings.LANGUAGE_CODE):
            note = sentences(heard_text(found), follow_up.redacted)
        rectification_reopen(
            rectification_id=matter.pk, actor=given.officer or RESIDENT, note=note, is_dissatisfied=True, found=found
        )
        _others_drop(matter, follow_up)
    if given.way != Way.CALL:
        _callback_open(follow_up, given.said_at)


def _messages_of(follow_up: FollowUp) -> list[int]:
    """The messages that this person is asked about under this one: each receipt tells its own reader of the answer."""
    others = FollowUp.objects.filter(asked_with=follow_up).order_by("feedback").values_list("feedback", flat=True)
    return [follow_up.feedback_id, *others]


def _is_to_reopen(matter: Rectification, follow_up: FollowUp) -> bool:
    """An answer of an old round comes too late to send the matter back again; what was closed on appeal stays so."""
    if follow_up.round != matter.reopen_count:
        return False
    heard = matter.state == MatterState.CLOSED and matter.closing in (Closing.HEARD, Closing.IMPOSSIBLE)
    return heard or matter.state == MatterState.FOLLOWING_UP


def _others_drop(matter: Rectification, follow_up: FollowUp) -> None:
    """The others are asked again once the unit has answered anew; what they were asked now has no object."""
    for other in round_of(matter).filter(state__in=OPEN).exclude(pk=follow_up.pk):
        FollowUp.objects.filter(pk=other.pk).update(
            state=FollowUpState.CANCELLED, dropped=Dropped.MOVED_ON, changed_at=clock.now()
        )
        sms_cancel(about=(ABOUT, other.pk))


def _callback_open(follow_up: FollowUp, said_at: datetime) -> None:
    """Promise a call within 24 clock hours, none at night; whoever wants none, or left no number, gets none."""
    standing = (CallBackState.OPEN, CallBackState.REFUSED, CallBackState.IMPOSSIBLE)
    if CallBack.objects.filter(follow_up=follow_up, state__in=standing).exists():
        return
    now = clock.now()
    state = _callback_state(follow_up)
    CallBack.objects.create(
        follow_up=follow_up,
        # A provider's clock may run ahead; the promise is counted from what was said, never from the future.
        due_at=call_due_at(min(said_at, now), hours=deadline_amount("call-back")),
        state=state,
        created_at=now,
        ended_at=None if state == CallBackState.OPEN else now,
    )


def _callback_state(follow_up: FollowUp) -> CallBackState:
    if follow_up.feedback.no_call:
        return CallBackState.REFUSED
    has_number = SealedContact.objects.filter(feedback=follow_up.feedback, erased_at__isnull=True).exists()
    return CallBackState.OPEN if has_number else CallBackState.IMPOSSIBLE


def _thank(follow_up: FollowUp) -> None:
    """One SMS back, once of a kind: thanks, or that the matter is reopened and somebody calls."""
    is_called = CallBack.objects.filter(follow_up=follow_up, state=CallBackState.OPEN).exists()
    matter = Rectification.objects.get(pk=follow_up.rectification_id)
    is_reopened = not follow_up.is_positive and is_called and matter.state != MatterState.CLOSED
    code = "survey-reopened" if is_reopened else "survey-thanks"
    if SmsMessage.objects.filter(about_type=ABOUT, about_id=follow_up.pk, text__code=code).exists():
        return
    sms_queue(text_code=code, values={}, feedback=follow_up.feedback, is_response=True, about=(ABOUT, follow_up.pk))
