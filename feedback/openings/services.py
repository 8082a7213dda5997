"""The opening of a sealed contact: one officer asks, a custodian decides, the asker alone is shown the number.

Every act is one conditional UPDATE and one audit row. The audit rows belong to the feedback, so that its story, for
the office and for the resident, is told from one place. No row, log line or message of these ever holds the number.
"""

import re
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidTag
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.permissions import Action, may
from accounts.services import SYSTEM, audit_record
from feedback.models import ContactOpening, Feedback, Kind, OpeningReason, OpeningState, SealedContact
from feedback.openings import rules
from feedback.openings.selectors import obstacle_to, standing_told
from feedback.sealing import Sealed, contact_open
from opinion_portal import clock

_PURPOSE = re.compile(r"[a-z]+([-_.][a-z]+)*")


class OpeningRefused(Exception):
    """Nothing was done; the text says why, in the officer's language."""


class ChangedMeanwhile(OpeningRefused):
    """Somebody else, or the time, was first; the text says who did what, and when."""


# Asking -----------------------------------------------------------------------------------------------------------
@transaction.atomic
def opening_ask(*, feedback_id: int, officer: Officer, reason: OpeningReason, reason_text: str) -> ContactOpening:
    """Ask a custodian to have the contact of one voice opened; the request lapses after three days.

    Raises ``OpeningRefused`` when there is no number, when the message accuses the officer's own unit, when the
    resident wants no phone call and ``reason`` is one, when ``reason_text`` says too little or repeats a phone number,
    or when the officer's last request still holds.
    """
    _allow(officer, Action.CONTACT_ASK)
    now = clock.now()
    feedback = Feedback.objects.get(pk=feedback_id)
    problem = obstacle_to(feedback_id) or _conflict(feedback, officer) or rules.reason_problem(reason_text)
    if problem := problem or rules.no_call_problem(reason, no_call=feedback.no_call):
        raise OpeningRefused(problem)
    _expire(ContactOpening.objects.filter(feedback=feedback_id, asked_by=officer), now)
    opening = _ask_once(
        feedback_id=feedback_id,
        asked_by=officer,
        asked_at=now,
        reason=reason,
        reason_text=reason_text,
        expires_at=now + rules.REQUEST_HOLDS,
        changed_at=now,
    )
    _record(action="contact.ask", opening=opening, actor=officer, reason=reason_text)
    return opening


def _conflict(feedback: Feedback, officer: Officer) -> str:
    # Regulations on Petitions 30, 46: the accuser must not become known to the accused.
    if feedback.about_unit_id == officer.unit_id and feedback.kind != Kind.PRAISE:
        return _("This message is about your own unit: its sender must not become known there.")
    return ""


def _ask_once(**fields: Any) -> ContactOpening:
    mine = ContactOpening.objects.filter(feedback=fields["feedback_id"], asked_by=fields["asked_by"])
    if mine.filter(state=OpeningState.OPENED, expires_at__gt=fields["asked_at"]).exists():
        raise OpeningRefused(_("You have asked for this already, and the approval still holds."))
    try:
        with transaction.atomic():
            return ContactOpening.objects.create(**fields)
    except IntegrityError as error:
        if "opening_one_at_a_time" not in str(error):
            raise
    raise OpeningRefused(_("You have asked for this already; one request at a time is enough."))


@transaction.atomic
def opening_withdraw(*, opening: ContactOpening, officer: Officer) -> None:
    """Take the own request back before the number was shown. Raises ``ChangedMeanwhile`` when it is too late."""
    _allow(officer, Action.CONTACT_ASK)
    now = clock.now()
    mine = ContactOpening.objects.filter(pk=opening.pk, asked_by=officer, state__in=rules.PENDING, expires_at__gt=now)
    if not mine.update(state=OpeningState.WITHDRAWN, changed_at=now):
        raise _meanwhile(opening, now)
    _record(action="contact.withdraw", opening=opening, actor=officer)


# Deciding ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def opening_approve(*, opening: ContactOpening, officer: Officer, note: str = "") -> None:
    """Let the asker see the number for 24 hours from now.

    Raises ``OpeningRefused`` for the own request, a note with a phone number, or a contact that is gone;
    ``ChangedMeanwhile`` when the request is decided, taken back or expired by now.
    """
    _decidable_or_refused(opening, officer, note)
    if problem := obstacle_to(opening.feedback_id):
        raise OpeningRefused(problem)
    now = clock.now()
    _decide(opening, officer, now, state=OpeningState.APPROVED, note=note, expires_at=now + rules.APPROVAL_HOLDS)
    _record(action="contact.approve", opening=opening, actor=officer, reason=note)


@transaction.atomic
def opening_refuse(*, opening: ContactOpening, officer: Officer, note: str) -> None:
    """Refuse a request and say why; raises what ``opening_approve`` raises, and for a refusal without a word."""
    _decidable_or_refused(opening, officer, note)
    if not note:
        raise OpeningRefused(_("Say why you refuse: the asker reads it."))
    _decide(opening, officer, clock.now(), state=OpeningState.REFUSED, note=note)
    _record(action="contact.refuse", opening=opening, actor=officer, reason=note)


def _decidable_or_refused(opening: ContactOpening, officer: Officer, note: str) -> None:
    _allow(officer, Action.CONTACT_DECIDE)
    if opening.asked_by_id == officer.pk:
        raise OpeningRefused(_("Nobody decides the own request. Another custodian has to."))
    if problem := rules.words_problem(note):
        raise OpeningRefused(problem)


def _decide(opening: ContactOpening, officer: Officer, now: datetime, *, note: str, **changes: Any) -> None:
    waiting = ContactOpening.objects.filter(pk=opening.pk, state=OpeningState.ASKED, expires_at__gt=now)
    changes |= {"decided_by": officer, "decided_at": now, "decision_note": note, "changed_at": now}
    if not waiting.exclude(asked_by=officer).update(**changes):
        raise _meanwhile(opening, now)


# Showing, using ---------------------------------------------------------------------------------------------------
def contact_show(*, opening: ContactOpening, officer: Officer) -> str:
    """The phone number, for the asker alone and only while the approval holds.

    Who is shown it, when and why stands in the audit log before the number leaves its seal: that row is committed
    first, so this must not run inside a transaction. Raises ``OpeningRefused`` when the contact is gone or the message
    is about the officer's unit by now, ``ChangedMeanwhile`` when there is no approval, or none any more.
    """
    _allow(officer, Action.CONTACT_ASK)
    if opening.asked_by_id != officer.pk:
        raise PermissionDenied
    contact = _showing_record(opening, officer)
    try:
        return _unsealed(contact)
    except (KeyError, InvalidTag) as damaged:
        raise OpeningRefused(_("The seal does not open: its key or its record is damaged.")) from damaged


@transaction.atomic(durable=True)
def _showing_record(opening: ContactOpening, officer: Officer) -> SealedContact:
    now = clock.now()
    # Locked: a number that is erased at this very moment is either shown before or not at all.
    contact = _contact_locked(opening.feedback_id)
    if contact is None:
        raise OpeningRefused(obstacle_to(opening.feedback_id))
    if problem := _conflict(contact.feedback, officer):
        raise OpeningRefused(problem)
    held = ContactOpening.objects.filter(pk=opening.pk, asked_by=officer, state__in=rules.SHOWABLE, expires_at__gt=now)
    first = Coalesce("opened_at", Value(now))
    changes = {"opened_at": first, "opened_count": F("opened_count") + 1, "changed_at": now}
    if not held.update(state=OpeningState.OPENED, **changes):
        raise _meanwhile(opening, now)
    _record(action="contact.open", opening=opening, actor=officer, reason=opening.reason_text)
    return contact


@transaction.atomic
def contact_use(*, feedback_id: int, purpose: str, actor: Officer | str = SYSTEM) -> str | None:
    """The phone number for the system itself, to send one message; nobody sees it. ``None`` when there is none left.

    ``purpose`` is a code in small letters, such as ``survey``: it stands in the audit log, and the resident reads on
    the receipt page that a message was sent. Inside a transaction that row stands once the caller's commits, so
    commit before sending. Raises ``ValueError`` for a purpose that is no code.
    """
    if not _PURPOSE.fullmatch(purpose) or len(purpose) > 40:
        raise ValueError("a purpose is a code of small letters")
    contact = _contact_locked(feedback_id)
    if contact is None:
        return None
    audit_record(
        action="contact.use", actor=actor, object_type="feedback", object_id=feedback_id, data={"purpose": purpose}
    )
    return _unsealed(contact)


def _contact_locked(feedback_id: int) -> SealedContact | None:
    left = SealedContact.objects.filter(feedback=feedback_id, erased_at__isnull=True).select_related("feedback")
    return left.select_for_update(no_key=True, of=("self",)).first()


def _unsealed(contact: SealedContact) -> str:
    sealed = Sealed(contact.algorithm, contact.key_id, bytes(contact.nonce), bytes(contact.ciphertext), b"")
    return contact_open(sealed, bound_to=bytes(contact.feedback.client_key))


# Lapsing ----------------------------------------------------------------------------------------------------------
def openings_expire(*, now: datetime) -> int:
    """Expire requests that nobody answered and approvals that nobody used; returns how many."""
    return _expire(ContactOpening.objects.all(), now)


def _expire(openings: QuerySet[ContactOpening], now: datetime) -> int:
    due = openings.filter(state__in=rules.PENDING, expires_at__lte=now).order_by("id")
    return sum(_expire_one(opening, now) for opening in due)


@transaction.atomic
def _expire_one(opening: ContactOpening, now: datetime) -> bool:
    lapsed = ContactOpening.objects.filter(pk=opening.pk, state=opening.state, expires_at__lte=now)
    if not lapsed.update(state=OpeningState.EXPIRED, changed_at=now):
        return False
    _record(action="contact.expire", opening=opening, actor=SYSTEM)
    return True


# Shared -----------------------------------------------------------------------------------------------------------
def _allow(officer: Officer, action: Action) -> None:
    if not may(officer, action):
        raise PermissionDenied


def _record(*, action: str, opening: ContactOpening, actor: Officer | str, reason: str = "") -> None:
    audit_record(
        action=action,
        actor=actor,
        object_type="feedback",
        object_id=opening.feedback_id,
        reason=reason,
        data={"opening": opening.pk, "reason": opening.reason},
    )


def _meanwhile(opening: ContactOpening, now: datetime) -> ChangedMeanwhile:
    return ChangedMeanwhile(standing_told(opening.pk, now))
