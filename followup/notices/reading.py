"""Handing out the papers of a notice. Each hand-over is an audit row, written before the file is made."""

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import audit_record
from followup.notices.answer_models import NoticeInterview, NoticePaper
from followup.notices.contents import notice_content, record_content, slip_content
from followup.notices.documents.docx import notice_docx, record_docx, slip_docx
from followup.notices.documents.fonts import fonts_found
from followup.notices.documents.pdf import notice_pdf, record_pdf, slip_pdf
from followup.notices.issuing import issuer_in_use
from followup.notices.models import InterviewNotice, NoticeDocument, NoticeState
from followup.notices.moving import require

MEDIA_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@dataclass(frozen=True)
class File:
    """A file to hand out: its name (Chinese, as people file papers), what it is, its bytes."""

    name: str
    media_type: str
    data: bytes


def document_read(*, officer: Officer, notice: InterviewNotice, paper: str, form: str) -> File:
    """The ``paper`` (notice, slip or record) as ``form`` (pdf or docx), for an officer who may read the notice.

    A notice comes as it was frozen; before its signature as a draft, which says so on every page. Raises
    ``NoticeRefused`` for a draft that lacks a date, ``Http404`` for a paper that there is not yet.
    """
    if paper != "notice" and notice.number is None:
        raise Http404
    maker = {"notice": _notice, "slip": _slip, "record": _record}[paper]
    title, data = maker(notice, form)
    audit_record(
        action="notice.preview" if notice.number is None else "notice.download",
        actor=officer,
        object_type="notice",
        object_id=notice.pk,
        data={"paper": paper, "form": form},
    )
    return File(f"{title} {notice.number_text or _('draft')}.{form}", MEDIA_TYPES[form], data)


def _notice(notice: InterviewNotice, form: str) -> tuple[str, bytes]:
    if notice.number is None:
        return "约谈通知书", _preview(notice, form)
    edition = NoticeDocument.Edition.VOID if notice.state == NoticeState.VOID else NoticeDocument.Edition.ISSUED
    frozen = NoticeDocument.objects.get(notice=notice, edition=edition, form=form)
    return "约谈通知书", bytes(frozen.data)


def _preview(notice: InterviewNotice, form: str) -> bytes:
    # Whoever drafted it need not be known yet: a proposal of the portal may be looked at too.
    require("review", vars(notice) | {"drafted_by": True})
    content = notice_content(notice, issuer_in_use().name)
    return notice_pdf(content, fonts_found(settings.NOTICE_FONTS)) if form == "pdf" else notice_docx(content)


def _slip(notice: InterviewNotice, form: str) -> tuple[str, bytes]:
    slip = slip_content(notice)
    return "送达回执", slip_pdf(slip, fonts_found(settings.NOTICE_FONTS)) if form == "pdf" else slip_docx(slip)


def _record(notice: InterviewNotice, form: str) -> tuple[str, bytes]:
    interview = NoticeInterview.objects.filter(notice=notice).first()
    if interview is None:
        raise Http404
    record = record_content(notice, interview)
    fonts = fonts_found(settings.NOTICE_FONTS)
    return "约谈记录", record_pdf(record, fonts) if form == "pdf" else record_docx(record)


def attachment_read(*, officer: Officer, notice: InterviewNotice, paper: NoticePaper) -> File:
    """The PDF that the unit attached to its plan or report."""
    audit_record(
        action="notice.download",
        actor=officer,
        object_type="notice",
        object_id=notice.pk,
        data={"paper": paper.kind, "form": "pdf"},
    )
    title = {"plan": "整改方案", "report": "整改报告"}[paper.kind]
    return File(f"{title} {notice.number_text}.pdf", MEDIA_TYPES["pdf"], bytes(paper.pdf or b""))
