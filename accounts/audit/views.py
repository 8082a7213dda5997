"""The audit administrator's pages."""

from django.http import HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.audit.export import audit_csv
from accounts.audit.forms import AuditFilterForm
from accounts.audit.selectors import AuditFilter, Page, audit_events, audit_page, chain_state
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from accounts.services import audit_record

EXPORTED = 50_000


@office_page(Action.AUDIT_VIEW)
@require_safe
def audit(request: OfficeRequest) -> HttpResponseBase:
    """The log, newest first, fifty events a page."""
    form = AuditFilterForm(request.GET)
    wanted = form.wanted() if form.is_valid() else AuditFilter()
    events = audit_events(request.user, wanted)
    page = audit_page(events, before=_id(request.GET.get("before")), after=_id(request.GET.get("after")))
    return _log_page(request, form, page)


@office_page(Action.AUDIT_VIEW)
@require_POST
def export(request: OfficeRequest) -> HttpResponseBase:
    """The filtered log as CSV, at most 50,000 events, newest first; taking it is itself an act."""
    form = AuditFilterForm(request.POST)
    if not form.is_valid():
        return _log_page(request, form, audit_page(audit_events(request.user, AuditFilter())), status=422)
    wanted = form.wanted()
    filters = {name: str(value) for name, value in vars(wanted).items() if value}
    audit_record(action="audit.export", actor=request.user, data={"filters": filters})
    events = audit_events(request.user, wanted)[:EXPORTED].iterator(chunk_size=1000)
    response = StreamingHttpResponse(audit_csv(events), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="audit-{timezone.localtime():%Y%m%d-%H%M}.csv"'
    return response


def _log_page(request: OfficeRequest, form: AuditFilterForm, page: Page, status: int = 200) -> HttpResponseBase:
    context = {
        "form": form,
        "export_form": AuditFilterForm(form.data, auto_id=False),
        "page": page,
        "chain": chain_state(request.user),
        "exported": EXPORTED,
    }
    return render(request, "accounts/audit.html", context, status=status)


def _id(text: str | None) -> int | None:
    """An id from the address; whatever is none asks for the newest page."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None
