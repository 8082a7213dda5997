"""The unit's right to appeal (申诉): once, by its date, decided by somebody who had no hand in the notice."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Officer
from followup.notices.answer_models import NoticeAppeal
from followup.notices.issuing import void_make
from followup.notices.matters import matters_named
from followup.notices.models import InterviewNotice
from followup.notices.moving import (
    MovedMeanwhile,
    NoticeRefused,
    move_make,
    moved_meanwhile,
    party_check,
    refuse_identifying,
    require,
)
from opinion_portal import clock


@transaction.atomic
def notice_appeal(*, officer: Officer, notice_id: int, reason: str, now: datetime) -> NoticeAppeal:
    """The unit's head appeals. The dates of the notice go on running; only the last word on it waits.

    Raises ``NoticeRefused`` after the last day, for a second appeal, and when the notice is over by now.
    """
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("appeal", officer, notice)
    require("appeal", {"reason": reason.strip()})
    refuse_identifying({"reason": reason}, matters_named(notice), officers_may_be_named=True)
    today = clock.bureau_day(now)
    if notice.appeal_until and today > notice.appeal_until:
        raise NoticeRefused(_("The last day to appeal was %(day)s.") % {"day": notice.appeal_until})
    only = Q(appeal_until__gte=today, is_appealed=False, appeal__isnull=True)
    move_make("appeal", notice, officer, now=now, note=reason, only=only, changes={"is_appealed": True})
    return NoticeAppeal.objects.create(notice=notice, reason=reason, appealed_by=officer, appealed_at=now)


@transaction.atomic
def appeal_decide(*, officer: Officer, notice_id: int, grants: bool, note: str, now: datetime) -> None:
    """Grant the appeal (the notice is void, its number stays) or refuse it (the notice stands).

    By the discipline office or a leader; never by drafter, reviewer or signer, nor by the one who appealed.
    """
    notice = InterviewNotice.objects.get(pk=notice_id)
    name = "grant_appeal" if grants else "refuse_appeal"
    party_check(name, officer, notice)
    require(name, {"note": note})
    decided = {"decided_by": officer, "decided_at": now, "decision": note}
    state = NoticeAppeal.State.GRANTED if grants else NoticeAppeal.State.REFUSED
    # The notice first, then its appeal: whoever makes a notice void locks them in this order too.
    if not InterviewNotice.objects.select_for_update(no_key=True).filter(pk=notice_id, is_appealed=True).exists():
        raise _no_appeal(notice_id)
    standing = NoticeAppeal.objects.filter(notice=notice_id, state=NoticeAppeal.State.OPEN)
    if not standing.exclude(appealed_by=officer).update(state=state, **decided):
        raise _no_appeal(notice_id)
    if grants:
        void_make(name, notice, officer, note=note, now=now)
    else:
        move_make(name, notice, officer, now=now, note=note, changes={"is_appealed": False})


def _no_appeal(notice_id: int) -> NoticeRefused:
    if not NoticeAppeal.objects.filter(notice=notice_id).exists():
        return NoticeRefused(_("There is no appeal to decide."))
    return MovedMeanwhile(str(moved_meanwhile(notice_id)))
