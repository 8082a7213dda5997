"""The centre's queue, and the units' read-only view of what concerns them."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Officer
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, Scope, may, scope_of
from feedback.models import Feedback, State, reference_of
from feedback.queue import services
from feedback.queue.choices import Reference, reference_for
from feedback.queue.detail import detail_page
from feedback.queue.export import EXPORT_CAP, feedback_csv, rows_to_export
from feedback.queue.forms import ANY, DecisionForm, FilterForm, reference_parse
from feedback.queue.selectors import (
    QueueFilter,
    alerts_unseen,
    feedback_by_reference,
    feedback_next,
    feedback_to_decide,
    photo_for,
    queue_page,
    queue_rows,
)
from feedback.selectors import reads_in_full
from opinion_portal import clock

_PAGE_KEYS = ("after", "before")
_PHOTO_TYPES = ("image/jpeg", "image/png", "image/webp")


def _filter_form(request: OfficeRequest, data: QueryDict, reference: Reference) -> FilterForm:
    officer = request.user
    return FilterForm(
        data,
        reference=reference,
        can_triage=may(officer, Action.FEEDBACK_TRIAGE),
        sees_all=scope_of(officer, Action.FEEDBACK_VIEW) is Scope.ALL,
    )


def _wanted(request: OfficeRequest) -> QueueFilter:
    return _filter_form(request, request.GET, reference_for(request.user)).wanted()


def _filter_query(request: HttpRequest) -> str:
    """The filters of this page as a query string, without its place in the list."""
    return urlencode([(name, value) for name, value in request.GET.items() if name not in _PAGE_KEYS])


def _address(name: str, query: str, *args: object) -> str:
    address = reverse(f"queue:{name}", args=args)
    return f"{address}?{query}" if query else address


def _key(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@office_page(Action.FEEDBACK_VIEW)
@require_safe
def feedback_list(request: OfficeRequest) -> HttpResponseBase:
    """Fifty rows of what the officer may see; for the centre, its pile with the alerts on top."""
    officer = request.user
    reference = reference_for(officer)
    form = _filter_form(request, request.GET, reference)
    wanted = form.wanted()
    if (number := reference_parse(wanted.search, marked=True)) and (found := feedback_by_reference(officer, number)):
        return redirect("queue:detail", found)
    before = _key(request, "before")
    page = queue_page(
        officer, wanted, reference, key=before or _key(request, "after"), direction="previous" if before else "next"
    )
    services.list_read(officer=officer, feedback_ids=page.shown_ids, in_full=reads_in_full(officer))
    can_triage = may(officer, Action.FEEDBACK_TRIAGE)
    sees_all = "state" in form.fields
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "can_triage": can_triage,
        "filter_query": _filter_query(request),
        "list_suffix": f"?{_filter_query(request)}" if _filter_query(request) else "",
        "tabs": _tabs(wanted) if sees_all else [],
        "hidden_filters": [(name, getattr(wanted, name)) for name in ("visit", "batch") if getattr(wanted, name)],
        "is_filtered": bool(set(wanted.names_in_use()) - {"state"}),
        "has_more_filters": bool(set(wanted.names_in_use()) - {"state", "search", "item", "kind", "point"}),
        # The first page of the pile has the alerts on it; any other asks for their number once it is there.
        "unseen": sum(row.is_unseen_alert for row in page.alerts) if page.alerts else None,
    }
    return render(request, "feedback/queue/list.html", context)


def _tabs(wanted: QueueFilter) -> list[tuple[str, str, bool]]:
    states = (State.RECEIVED, State.CONFIRMED, State.INVALID, State.DUPLICATE, State.OUT_OF_SCOPE)
    tabs = [(state.value, str(state.label), wanted.state == state) for state in states]
    return [*tabs, (ANY, _("All"), wanted.state == "")]


@office_page(Action.FEEDBACK_TRIAGE)
@require_safe
def alerts(request: OfficeRequest) -> HttpResponseBase:
    """How many emergencies wait to be seen: the fragment that the centre's pages ask for again and again."""
    request.is_poll = True  # a page that asks by itself must not keep a login alive
    return render(request, "feedback/queue/alerts.html", {"unseen": alerts_unseen(request.user).value})


@office_page(Action.FEEDBACK_VIEW)
@require_safe
def feedback_detail(request: OfficeRequest, feedback_id: int) -> HttpResponseBase:
    """One voice: in full with all that helps to decide for the centre, redacted for everybody else."""
    return _detail(request, feedback_to_decide(request.user, feedback_id))


def _detail(
    request: OfficeRequest, feedback: Feedback, form: DecisionForm | None = None, status: int = 200
) -> HttpResponse:
    officer = request.user
    reference = reference_for(officer)
    wanted = _filter_form(request, request.GET, reference).wanted()
    context = detail_page(officer, feedback, reference, form)
    context |= {
        "unseen": alerts_unseen(officer).value if may(officer, Action.FEEDBACK_TRIAGE) else 0,
        "filter_query": _filter_query(request),
        "list_address": _address("list", _filter_query(request)),
        "next_id": feedback_next(officer, wanted, after_id=feedback.pk),
        "previous_id": feedback_next(officer, wanted, after_id=feedback.pk, back=True),
    }
    shown_beside = [similar.feedback.pk for similar in context.get("similar", [])]
    services.feedback_read(officer=officer, feedback_id=feedback.pk, in_full=reads_in_full(officer), also=shown_beside)
    return render(request, "feedback/queue/detail.html", context, status=status)


@office_page(Action.FEEDBACK_TRIAGE)
@require_POST
def feedback_decide(request: OfficeRequest, feedback_id: int) -> HttpResponseBase:
    """Store a decision and open the next voice; what could not be stored comes back with all that was typed."""
    officer = request.user
    feedback = feedback_to_decide(officer, feedback_id)
    wanted = _wanted(request)
    form = DecisionForm(request.POST, feedback=feedback, items=reference_for(officer).items)
    if form.is_valid():
        try:
            services.feedback_classify(
                feedback_id=feedback_id,
                officer=officer,
                decision=form.to_decision(),
                expected_id=form.cleaned_data["expected"],
                urgent_words_read=form.cleaned_data["urgent_words_read"],
                remarks_read=form.cleaned_data["remarks_read"],
            )
        except services.DecisionRefused as refused:
            form.add_error(None, str(refused))
            feedback = feedback_to_decide(officer, feedback_id)
        else:
            messages.success(request, _decided(feedback, form))
            return _onward(request, officer, wanted, feedback_id)
    return _detail(request, feedback, form, status=409 if form.non_field_errors() else 422)


def _decided(feedback: Feedback, form: DecisionForm) -> str:
    address = reverse("queue:detail", args=[feedback.pk])
    told = " ".join(filter(None, [str(State(form.cleaned_data["decision"]).label), form.cleaned_data["item"]]))
    return format_html('<a href="{}">{}</a>: {}', address, feedback.reference, told)


def _onward(request: OfficeRequest, officer: Officer, wanted: QueueFilter, feedback_id: int) -> HttpResponseBase:
    following = feedback_next(officer, wanted, after_id=feedback_id)
    query = _filter_query(request)
    if following is None:
        return redirect(_address("list", query))
    return redirect(_address("detail", query, following))


@office_page(Action.FEEDBACK_TRIAGE)
@require_POST
def suggestions_accept(request: OfficeRequest) -> HttpResponseBase:
    """Accept the suggestions of the ticked rows, and say which were left alone and why."""
    chosen = dict(pair for text in request.POST.getlist("chosen") if (pair := _pair(text)) is not None)
    accepted, skipped = services.suggestions_accept(officer=request.user, suggestions=chosen)
    if not chosen:
        messages.warning(request, _("No row was ticked."))
    if accepted:
        told = ngettext("%(n)d suggestion accepted.", "%(n)d suggestions accepted.", len(accepted))
        messages.success(request, told % {"n": len(accepted)})
    for one in skipped:
        address = reverse("queue:detail", args=[one.feedback_id])
        messages.warning(request, format_html('<a href="{}">{}</a>: {}', address, one.reference, one.reason))
    return redirect(_address("list", _filter_query(request)))


def _pair(text: str) -> tuple[int, int] | None:
    """``feedback:suggestion`` of a ticked row, or ``None`` for anything else."""
    parts = text.split(":")
    if len(parts) != 2 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
        return None
    return int(parts[0]), int(parts[1])


@office_page(Action.FEEDBACK_TRIAGE)
@require_POST
def alert_acknowledge(request: OfficeRequest, feedback_id: int) -> HttpResponseBase:
    """Record that an emergency was seen; says so when somebody else was first or new words have come."""
    feedback = feedback_to_decide(request.user, feedback_id)
    read = request.POST.get(f"words_{feedback_id}", "")
    count = int(read) if read.isascii() and read.isdigit() and len(read) <= 6 else 0
    if services.alert_acknowledge(feedback_id=feedback_id, officer=request.user, urgent_words_read=count):
        messages.success(request, _("%(reference)s: alert acknowledged.") % {"reference": feedback.reference})
    elif feedback.urgent_seen_at is None:
        messages.warning(
            request,
            _("%(reference)s: the resident has added something; please read it.") % {"reference": feedback.reference},
        )
    else:
        messages.info(
            request,
            _("%(reference)s: somebody had acknowledged this alert before.") % {"reference": feedback.reference},
        )
    target = "detail" if request.POST.get("from") == "detail" else "list"
    return redirect(_address(target, _filter_query(request), *([feedback_id] if target == "detail" else [])))


@office_page(Action.FEEDBACK_VIEW)
@require_safe
def feedback_photo(request: OfficeRequest, feedback_id: int, position: int) -> HttpResponseBase:
    """One photo, for those who read in full; each showing is an audit row."""
    photo = photo_for(request.user, feedback_id, position)
    services.photo_read(officer=request.user, feedback_id=feedback_id, position=position)
    media_type = photo.media_type if photo.media_type in _PHOTO_TYPES else "application/octet-stream"
    response = HttpResponse(bytes(photo.data), content_type=media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Content-Disposition"] = f'inline; filename="{reference_of(feedback_id)}-{position}"'
    return response


@office_page(Action.FEEDBACK_VIEW)
@require_safe
def feedback_export(request: OfficeRequest) -> HttpResponseBase:
    """The list as CSV, at most 5,000 rows; the audit row is written before the file is made."""
    officer = request.user
    wanted = _wanted(request)
    in_full = reads_in_full(officer)
    rows = rows_to_export(queue_rows(officer, wanted))
    number = services.list_exported(
        officer=officer,
        feedback_ids=[row.pk for row in rows],
        in_full=in_full,
        filters=wanted.names_in_use(),
    )
    now = clock.now().astimezone(clock.BUREAU_ZONE)
    mark = _("Exported by %(who)s at %(when)s, audit number %(number)s, %(count)s rows (at most %(cap)s)") % {
        "who": f"{officer.name} {officer.username}",
        "when": now.strftime("%Y-%m-%d %H:%M"),
        "number": number,
        "count": len(rows),
        "cap": EXPORT_CAP,
    }
    response = HttpResponse(feedback_csv(rows, in_full=in_full, mark=mark), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="feedback-{now:%Y%m%d-%H%M}-{officer.username}.csv"'
    return response
