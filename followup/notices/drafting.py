"""From a draft to a reviewed notice: drafting by hand, taking over a proposal, review, return, cancelling."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from accounts.models import Officer, Unit
from accounts.permissions import Action, may
from followup.notices.matters import matters_note, matters_of_unit
from followup.notices.models import InterviewNotice, NoticeState
from followup.notices.moves import MOVES
from followup.notices.moving import (
    NoticeRefused,
    event_add,
    move_make,
    moved_meanwhile,
    party_check,
    refuse_identifying,
    require,
)
from opinion_portal import clock

_SAID = ("facts", "basis", "place", "bring", "report_back", "appeal_to", "copies_to")


@dataclass(frozen=True)
class Draft:
    """What the paper is to say. ``bring``, ``report_back`` and ``copies_to`` have one thing a line."""

    facts: str
    person: str = ""
    post: str = ""
    manner: str = InterviewNotice.Manner.ONE_TO_ONE
    basis: str = "《信访工作条例》第三十九条"
    meets_at: datetime | None = None
    place: str = ""
    bring: str = ""
    plan_by: date | None = None
    rectify_by: date | None = None
    report_back: str = ""
    appeal_until: date | None = None
    appeal_to: str = ""
    copies_to: str = ""


@transaction.atomic
def notice_draft(
    *,
    officer: Officer,
    unit: Unit,
    matter_ids: Sequence[int],
    draft: Draft,
    now: datetime,
    client_id: uuid.UUID | None = None,
) -> InterviewNotice:
    """The centre drafts by hand; ``matter_ids`` are matters that ``unit`` leads, their facts are frozen as they stand.

    The same ``client_id`` again returns the draft that it made. Raises ``NoticeRefused`` for a matter of another unit
    or one that the unit may not know of, for words that could tell who complained, and for dates out of order.
    """
    if not may(officer, Action.NOTICE_DRAFT):
        raise PermissionDenied
    key = client_id or uuid.uuid4()
    if known := InterviewNotice.objects.filter(client_id=key).first():
        return known
    require("draft", {"unit": unit, "facts": draft.facts})
    _check(draft, matter_ids)
    fields = {"unit": unit, "drafted_by": officer, "created_at": now, "changed_at": now, **asdict(draft)}
    # A double tap may come while the first one is being stored: then it waits here and finds that one.
    made, is_new = InterviewNotice.objects.get_or_create(client_id=key, defaults=fields)
    if not is_new:
        return made
    _name_matters(made, matter_ids, now)
    event_add(made.pk, MOVES["draft"], officer, now=now, state=NoticeState.DRAFT, data={"matters": sorted(matter_ids)})
    return made


@transaction.atomic
def notice_edit(
    *, officer: Officer, notice_id: int, matter_ids: Sequence[int], draft: Draft, version: int, now: datetime
) -> None:
    """Change a draft; who first edits a proposal of the portal is its drafter. ``version`` was on the screen."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("edit", officer, notice)
    require("edit", {"facts": draft.facts})
    _check(draft, matter_ids)
    before = asdict(Draft(**{name: getattr(notice, name) for name in asdict(draft)}))
    fields = [name for name, value in asdict(draft).items() if value != before[name]]
    changes = asdict(draft) | {
        "version": F("version") + 1,
        "drafted_by": Coalesce(F("drafted_by"), officer.pk),
    }
    move_make(
        "edit", notice, officer, now=now, only=Q(version=version), changes=changes, changed=fields,
        data={"version": version + 1, "matters": sorted(matter_ids)},
    )  # fmt: skip
    _name_matters(notice, matter_ids, now)


def _check(draft: Draft, matter_ids: Sequence[int]) -> None:
    refuse_identifying({name: getattr(draft, name) for name in _SAID}, matter_ids)
    if draft.plan_by and draft.rectify_by and draft.plan_by > draft.rectify_by:
        raise NoticeRefused(_("The plan comes before the report."), "plan_by")
    if draft.meets_at and draft.rectify_by and clock.bureau_day(draft.meets_at) > draft.rectify_by:
        raise NoticeRefused(_("The interview comes before the report."), "meets_at")


def _name_matters(notice: InterviewNotice, matter_ids: Sequence[int], now: datetime) -> None:
    chosen = list(matters_of_unit(notice.unit, ids=set(matter_ids)))
    if len(chosen) != len(set(matter_ids)):
        raise NoticeRefused(_("A matter is named that this unit does not lead or may not know of."), "matters")
    notice.matters.exclude(rectification__in=chosen).delete()
    matters_note(notice, chosen, now)


@transaction.atomic
def notice_cancel(*, officer: Officer, notice_id: int, note: str, now: datetime) -> None:
    """Give up a draft. It had no number, so none is lost; the reason stays in its history."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("cancel", officer, notice)
    require("cancel", {"note": note})
    move_make("cancel", notice, officer, now=now, note=note)


@transaction.atomic
def notice_review(*, officer: Officer, notice_id: int, version: int, now: datetime) -> None:
    """The discipline office passes a draft on for signature; it answers for the ``version`` that it read."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("review", officer, notice)
    if notice.state == NoticeState.DRAFT and notice.version == version:
        require("review", vars(notice) | {"drafted_by": notice.drafted_by_id})
    only = Q(version=version, drafted_by__isnull=False) & ~Q(drafted_by=officer)
    move_make(
        "review", notice, officer, now=now, only=only, changes={"reviewed_by": officer}, data={"version": version}
    )


@transaction.atomic
def notice_send_back(*, officer: Officer, notice_id: int, note: str, now: datetime) -> None:
    """Back to the drafter with a reason: the discipline office returns a draft, a leader one that was reviewed."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    name = "send_back" if may(officer, Action.NOTICE_SIGN) else "return"
    party_check(name, officer, notice)
    require(name, {"note": note})
    if notice.state not in MOVES[name].frm:
        raise moved_meanwhile(notice_id)
    changes = {"reviewed_by": None} if name == "send_back" else {}
    move_make(name, notice, officer, now=now, note=note, changes=changes)
