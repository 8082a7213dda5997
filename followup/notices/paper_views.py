"""The papers of a notice as files."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from followup.notices.reading import MEDIA_TYPES, File
from followup.notices.selectors import notice_for, paper_pdf_for
from followup.notices.services import NoticeRefused, attachment_read, document_read


@office_page(Action.NOTICE_VIEW)
@require_safe
def notice_paper(request: OfficeRequest, notice_id: int, form: str) -> HttpResponseBase:
    """The notice as it was issued, or made void; before its signature a preview marked as a draft."""
    return _document(request, notice_id, "notice", form)


@office_page(Action.NOTICE_VIEW)
@require_safe
def slip_paper(request: OfficeRequest, notice_id: int, form: str) -> HttpResponseBase:
    """The receipt slip: to be filled in by hand, or as it was recorded."""
    return _document(request, notice_id, "slip", form)


@office_page(Action.NOTICE_VIEW)
@require_safe
def record_paper(request: OfficeRequest, notice_id: int, form: str) -> HttpResponseBase:
    """The record of the interview."""
    return _document(request, notice_id, "record", form)


@office_page(Action.NOTICE_VIEW)
@require_safe
def attachment(request: OfficeRequest, notice_id: int, paper_id: int) -> HttpResponseBase:
    """The PDF beside a plan or report."""
    handed_in = paper_pdf_for(request.user, notice_id, paper_id)
    notice = notice_for(request.user, notice_id)
    return _file(attachment_read(officer=request.user, notice=notice, paper=handed_in))


def _document(request: OfficeRequest, notice_id: int, paper: str, form: str) -> HttpResponseBase:
    notice = notice_for(request.user, notice_id)
    if form not in MEDIA_TYPES:
        raise Http404
    try:
        return _file(document_read(officer=request.user, notice=notice, paper=paper, form=form))
    except NoticeRefused as refused:
        messages.warning(request, str(refused))
        return redirect("notices:detail", notice_id)


def _file(file: File) -> HttpResponse:
    response = HttpResponse(file.data, content_type=file.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = content_disposition_header(True, file.name) or "attachment"
    return response
