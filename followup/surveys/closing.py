"""How a follow-up ends: everybody was heard, the window is over, or a person says why nobody could be heard."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import SYSTEM, audit_record
from feedback.redaction.numbers import find_numbers
from followup.surveys.hearing import FollowUpRefused, allow_hearing
from followup.surveys.models import OPEN, FollowUp, FollowUpState, Way
from followup.surveys.selectors import matter_lock, matters_to_close, round_of
from measures.models import Closing, MatterState, Rectification, matter_reference
from measures.services import MatterRefused, rectification_close
from measures.texts import heard_text
from opinion_portal import clock

REASON_MAX = 500


@dataclass(frozen=True)
class Skipped:
    """A matter that was left as it is, and why."""

    rectification_id: int
    why: str

    @property
    def reference(self) -> str:
        return matter_reference(self.rectification_id)


def round_settle(matter: Rectification) -> bool:
    """Close a matter of which everybody has answered or is waited for no more, if anybody was heard.

    ``matter`` is locked and as fresh as its lock. A negative answer has reopened it before this is asked.
    """
    standing = list(round_of(matter).values_list("state", flat=True))
    heard = standing.count(FollowUpState.ANSWERED)
    if matter.state != MatterState.FOLLOWING_UP or not heard or any(state in OPEN for state in standing):
        return False
    asked = len(standing) - standing.count(FollowUpState.CANCELLED)
    found = {"heard": heard, "asked": asked}
    with translation.override(settings.LANGUAGE_CODE):
        note = heard_text(found)
    rectification_close(rectification_id=matter.pk, actor=SYSTEM, closing=Closing.HEARD, note=note, found=found)
    return True


def windows_end() -> int:
    """Wait no longer for those whose window is over; returns how many follow-ups fell silent.

    A question that still lies in the outbox has not been asked: nobody's window ends before it has begun.
    """
    now = clock.now()
    over = FollowUp.objects.filter(is_over(), expires_at__lte=now)
    matters = over.order_by("rectification").values_list("rectification", flat=True).distinct()
    return sum(_window_end(rectification_id) for rectification_id in list(matters))


def is_over() -> Q:
    """That a window may end: somebody was asked, or is asked by no SMS."""
    return Q(state=FollowUpState.ASKED) | Q(state=FollowUpState.WAITING, way__in=(Way.RECEIPT, Way.NONE))


@transaction.atomic
def _window_end(rectification_id: int) -> int:
    matter, now = matter_lock(rectification_id), clock.now()
    over = FollowUp.objects.filter(is_over(), rectification=matter, expires_at__lte=now)
    fell = over.update(state=FollowUpState.SILENT, changed_at=now)
    round_settle(matter)
    return fell


def reason_problem(reason: str) -> str:
    """Why ``reason`` cannot stand in the history of a matter; ``""`` when it can."""
    if not reason:
        return _("Say why nobody could be heard: it stands in the history, and the resident may ask.")
    if any(kind == "phone" for _start, _end, kind in find_numbers(reason)):
        return _("Leave the phone number out: the unit reads this too.")
    return ""


def followups_close_impossible(
    *, officer: Officer, rectification_ids: Sequence[int], reason: str
) -> tuple[list[int], list[Skipped]]:
    """Close matters of which nobody could be heard, each in its own transaction; ``reason`` says why that is so.

    Returns what was closed and what was left alone with the reason. Raises ``FollowUpRefused`` for no reason.
    """
    if problem := reason_problem(reason):
        raise FollowUpRefused(problem)
    closed, skipped = [], []
    for rectification_id in dict.fromkeys(rectification_ids):
        try:
            _close_impossible(officer, rectification_id, reason)
        except (FollowUpRefused, MatterRefused, PermissionDenied) as refused:
            skipped.append(Skipped(rectification_id, str(refused)))
        else:
            closed.append(rectification_id)
    return closed, skipped


@transaction.atomic
def _close_impossible(officer: Officer, rectification_id: int, reason: str) -> None:
    matter = matter_lock(rectification_id)
    allow_hearing(officer, matter)
    silent = round_of(matter).filter(state=FollowUpState.SILENT)
    if matters_to_close().filter(pk=matter.pk).exists():
        silent.update(
            state=FollowUpState.IMPOSSIBLE, impossible_reason=reason, recorded_by=officer, changed_at=clock.now()
        )
    elif matter.state == MatterState.FOLLOWING_UP:
        raise FollowUpRefused(_("An answer is still waited for."))
    # For a matter that has moved on the service says who moved it, and when.
    rectification_close(rectification_id=matter.pk, actor=officer, closing=Closing.IMPOSSIBLE, note=reason)
    audit_record(action="followup.impossible", actor=officer, object_type="matter", object_id=matter.pk, reason=reason)
