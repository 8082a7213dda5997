"""Signing a notice: number, date, frozen papers, escalation, the unit's SMS, all in one transaction or not at all."""

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from accounts.models import Officer
from followup.notices.answer_models import NoticeAppeal
from followup.notices.contents import notice_content
from followup.notices.documents.docx import notice_docx
from followup.notices.documents.fonts import fonts_found
from followup.notices.documents.pdf import notice_pdf
from followup.notices.matters import about_the_unit, matters_named
from followup.notices.models import InterviewNotice, NoticeDocument, NoticeNumber, NoticeState
from followup.notices.moves import MOVES
from followup.notices.moving import NoticeRefused, move_make, moved_meanwhile, party_check, require
from followup.notices.reminding import unit_heads_tell
from followup.notices.rule_models import NoticeIssuer
from measures.models import Escalation, Rectification
from measures.services import rectification_escalate
from opinion_portal import clock


def issuer_in_use() -> NoticeIssuer:
    """Who issues notices now. Raises ``NoticeRefused`` where the table names nobody."""
    issuer = NoticeIssuer.objects.filter(is_active=True).first()
    if issuer is None:
        raise NoticeRefused(_("The rule tables name no issuer of notices; the system administrator adds one."))
    return issuer


@transaction.atomic
def notice_sign(*, officer: Officer, notice_id: int, version: int, now: datetime) -> InterviewNotice:
    """A bureau leader signs: the notice gets its number and date, on whatever day this is, and is in force.

    The papers are made and frozen here; a failure gives the number back. Raises ``NoticeRefused`` for a leader who
    drafted or reviewed, for dates that have passed, and when another version or signature stands by now.
    """
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("sign", officer, notice)
    # The notice is locked before the counter is: whoever comes second waits here, and takes no number.
    standing = InterviewNotice.objects.select_for_update(of=("self",)).select_related("unit")
    locked = standing.filter(pk=notice_id, state=NoticeState.REVIEWED, version=version).first()
    if locked is None:
        raise moved_meanwhile(notice_id)
    _check_dates(locked, now)
    _check_matters(locked)
    issuer, day = issuer_in_use(), clock.bureau_day(now)
    changes = {
        "signed_by": officer,
        "issuer": issuer.name,
        "prefix": issuer.prefix,
        "year": day.year,
        "number": number_take(issuer.prefix, day.year),
        "issued_at": now,
        "issued_on": day,
    }
    only = Q(version=version) & ~Q(drafted_by=officer) & ~Q(reviewed_by=officer)
    numbered = {"number": changes["number"], "year": day.year, "prefix": issuer.prefix}
    move_make(
        "sign", notice, officer, now=now, only=only, changes=changes, changed=["number", "issued_on"], data=numbered
    )
    notice = _fresh(notice_id)
    documents_freeze(notice, NoticeDocument.Edition.ISSUED, now)
    _escalate(notice, officer, Escalation.INTERVIEW)
    unit_heads_tell(notice, "unit-notice", clock.bureau_day(notice.meets_at or now))
    return notice


def number_take(prefix: str, year: int) -> int:
    """The next number of ``prefix`` and ``year``, from 1 on. Its row stays locked until the transaction ends.

    So the next signer waits for this one's commit or rollback: a number is neither skipped nor given twice.
    """
    NoticeNumber.objects.bulk_create([NoticeNumber(prefix=prefix, year=year)], ignore_conflicts=True)
    NoticeNumber.objects.filter(prefix=prefix, year=year).update(last=F("last") + 1)
    return NoticeNumber.objects.values_list("last", flat=True).get(prefix=prefix, year=year)


def _check_dates(notice: InterviewNotice, now: datetime) -> None:
    require("review", vars(notice) | {"drafted_by": notice.drafted_by_id})
    today = clock.bureau_day(now)
    if notice.meets_at and notice.meets_at <= now:
        raise NoticeRefused(_("The time of the interview has passed; send the notice back for a new one."), "meets_at")
    if min(filter(None, [notice.plan_by, notice.rectify_by]), default=today) < today:
        raise NoticeRefused(_("A date by which the unit must act has passed; send the notice back."), "plan_by")
    # A right that ends on the evening on which the paper is signed would be none.
    if notice.appeal_until and notice.appeal_until <= today:
        raise NoticeRefused(_("The unit would have no day left to appeal; send the notice back."), "appeal_until")


def _check_matters(notice: InterviewNotice) -> None:
    named = Rectification.objects.filter(notice_links__notice=notice)
    if named.filter(about_the_unit(notice.unit)).exists():
        raise NoticeRefused(_("A matter in this notice is about the unit itself by now; send it back to take it out."))


def _fresh(notice_id: int) -> InterviewNotice:
    people = ("unit", "drafted_by", "reviewed_by", "signed_by")
    return InterviewNotice.objects.select_related(*people).get(pk=notice_id)


def documents_freeze(notice: InterviewNotice, edition: str, now: datetime) -> None:
    """Make the PDF and the DOCX of an issued notice and keep their bytes with their SHA-256."""
    content = notice_content(notice, notice.issuer)
    made = {
        NoticeDocument.Form.PDF: notice_pdf(content, fonts_found(settings.NOTICE_FONTS)),
        NoticeDocument.Form.DOCX: notice_docx(content),
    }
    NoticeDocument.objects.bulk_create(
        NoticeDocument(
            notice=notice, edition=edition, form=form, data=data, digest=hashlib.sha256(data).digest(), made_at=now
        )
        for form, data in made.items()
    )


def _escalate(notice: InterviewNotice, officer: Officer, to: Escalation) -> None:
    ids = matters_named(notice)
    if ids:
        rectification_escalate(rectification_ids=ids, to=to, actor=officer, note=notice.number_text)


@transaction.atomic
def notice_void(*, officer: Officer, notice_id: int, note: str, now: datetime) -> None:
    """A leader makes an issued notice void (作废): its number stays with it for good. An open appeal lapses."""
    notice = InterviewNotice.objects.get(pk=notice_id)
    party_check("void", officer, notice)
    require("void", {"note": note})
    void_make("void", notice, officer, note=note, now=now)
    NoticeAppeal.objects.filter(notice=notice_id, state=NoticeAppeal.State.OPEN).update(
        state=NoticeAppeal.State.LAPSED, decided_at=now
    )


def void_make(name: str, notice: InterviewNotice, officer: Officer, *, note: str, now: datetime) -> None:
    """The move ``name``, which makes the notice void, with the papers that say so across every page."""
    if notice.state not in MOVES[name].frm:
        raise moved_meanwhile(notice.pk)
    move_make(name, notice, officer, now=now, note=note, changes={"is_appealed": False})
    documents_freeze(_fresh(notice.pk), NoticeDocument.Edition.VOID, now)
