"""The pages of an import: upload, look, run, result."""

from io import StringIO

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from accounts.services import audit_record
from feedback.imports.forms import ColumnsForm, UploadForm
from feedback.imports.reports import report_write
from feedback.imports.selectors import (
    doubles_in_file,
    import_for,
    import_list,
    import_look,
    import_notes,
    preview_columns,
    rows_noted,
)
from feedback.imports.services import import_discard, import_start, import_upload
from feedback.imports.tables import FileProblem
from feedback.imports.wording import field_text, problem_text, reason_text
from feedback.models import ImportBatch

_NOTES_SHOWN = 100
_PER_PAGE = 25


@office_page(Action.FEEDBACK_IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_list_page(request: OfficeRequest) -> HttpResponse:
    """The past imports, and the form that uploads a file."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        batch = _uploaded(request, form)
        if batch:
            return redirect("imports:detail", batch.pk)
    page = Paginator(import_list(request.user), _PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "feedback/imports/list.html",
        {"form": form, "page": page},
        status=422 if form.errors else 200,
    )


def _uploaded(request: OfficeRequest, form: UploadForm) -> ImportBatch | None:
    file: UploadedFile = form.cleaned_data["file"]
    try:
        return import_upload(
            officer=request.user,
            name=file.name or "",
            data=file.read(),
            source=form.cleaned_data["source"],
            is_rated_out=form.cleaned_data["is_rated_out"],
        )
    except FileProblem as problem:
        form.add_error("file", problem_text(problem.code, problem.line))
        return None


@office_page(Action.FEEDBACK_IMPORT)
@require_GET
def import_detail(request: OfficeRequest, batch_id: int) -> HttpResponse:
    """One import: a preview while it waits, its progress while it runs, the counts and the report afterwards."""
    batch = import_for(request.user, batch_id)
    if batch.state == ImportBatch.State.UPLOADED:
        return _preview(request, batch, None)
    return _result(request, batch, "feedback/imports/detail.html")


@office_page(Action.FEEDBACK_IMPORT)
@require_GET
def import_progress(request: OfficeRequest, batch_id: int) -> HttpResponse:
    """The part of the page that changes while an import runs."""
    request.is_poll = True  # a page that asks by itself must not keep a login alive
    return _result(request, import_for(request.user, batch_id), "feedback/imports/_result.html")


@office_page(Action.FEEDBACK_IMPORT)
@require_POST
def import_run_page(request: OfficeRequest, batch_id: int) -> HttpResponse:
    """Confirm the columns and let the workers import the file."""
    batch = import_for(request.user, batch_id)
    if batch.state != ImportBatch.State.UPLOADED:
        messages.warning(request, _("This import was started before."))
        return redirect("imports:detail", batch.pk)
    found = import_look(batch)
    form = ColumnsForm(request.POST, columns=preview_columns(found, batch.columns))
    if not form.is_valid():
        return _preview(request, batch, form)
    import_start(batch=batch, columns=form.columns(), actor=request.user)
    return redirect("imports:detail", batch.pk)


@office_page(Action.FEEDBACK_IMPORT)
@require_POST
def import_discard_page(request: OfficeRequest, batch_id: int) -> HttpResponse:
    """Forget an uploaded file instead of importing it."""
    batch = import_for(request.user, batch_id)
    if import_discard(batch=batch, actor=request.user):
        messages.success(request, _("The file was deleted; nothing of it was stored."))
    return redirect("imports:list")


@office_page(Action.FEEDBACK_IMPORT)
@require_GET
def import_report(request: OfficeRequest, batch_id: int) -> HttpResponse:
    """The rows not taken, as a CSV file that a spreadsheet program opens."""
    batch = import_for(request.user, batch_id)
    audit_record(action="import.report", actor=request.user, object_type="import", object_id=batch.pk)
    out = StringIO()
    report_write(import_notes(batch).iterator(), out)
    # The byte order mark tells spreadsheet programs that this is UTF-8.
    response = HttpResponse(out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{batch.pk}.csv"'
    return response


def _preview(request: OfficeRequest, batch: ImportBatch, form: ColumnsForm | None) -> HttpResponse:
    found = import_look(batch)
    columns = preview_columns(found, batch.columns)
    status = 422 if form else 200
    form = form or ColumnsForm(columns=columns)
    audit_record(action="import.preview", actor=request.user, object_type="import", object_id=batch.pk)
    context = {
        "batch": batch,
        "form": form,
        "columns": [(column, form[f"column_{column.position}"]) for column in columns],
        "used": sum(bool(column.field) for column in columns),
        "names_if_no_text": ", ".join(found.names) if form.asks_for_text() else "",
        "sheets_unread": found.sheets_unread,
    }
    return render(request, "feedback/imports/preview.html", context, status=status)


def _result(request: OfficeRequest, batch: ImportBatch, template: str) -> HttpResponse:
    notes = import_notes(batch)
    shown = [(note, field_text(note.field), reason_text(note)) for note in notes[:_NOTES_SHOWN]]
    context = {
        "batch": batch,
        "notes": shown,
        "notes_total": notes.count(),
        "rows_noted": rows_noted(batch),
        "doubles": doubles_in_file(batch),
        "problem": problem_text(batch.problem) if batch.problem else "",
    }
    return render(request, template, context)
