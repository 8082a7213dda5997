"""The list of matters, one matter with all that may be done with it, and its evidence."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Officer
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, may
from measures.documents import JPEG, file_response
from measures.matters import services
from measures.matters.detail import EVIDENCE, Attempt, answered_key, detail_page, form_of
from measures.matters.filter_choices import filter_choices
from measures.matters.forms import FilterForm
from measures.matters.move_forms import EvidenceForm
from measures.matters.moving import PANELS, evidence_add
from measures.matters.piles import pile_counts, piles_for, sees_all
from measures.matters.rows import grouped
from measures.matters.selectors import (
    evidence_for,
    matter_by_reference,
    matter_page,
    reference_parse,
    waiting_count,
)
from measures.matters.telling import told_of
from measures.models import Rectification
from measures.moves import MOVES
from measures.selectors import matters_visible, may_move, rectification_for
from measures.services import MatterRefused, MovedMeanwhile
from measures.texts import done_text
from opinion_portal import clock

_PAGE_KEYS = ("after", "before")


def _filter_query(request: HttpRequest) -> str:
    """The filters of this page as a query string, without its place in the list."""
    return urlencode([(name, value) for name, value in request.GET.items() if name not in _PAGE_KEYS])


@office_page(Action.MATTER_VIEW)
@require_safe
def matter_list(request: OfficeRequest) -> HttpResponseBase:
    """Fifty matters: for the bureau in piles with filters, for a unit its own by urgency."""
    officer, now = request.user, clock.now()
    choices, visible = filter_choices(), matters_visible(officer)
    form = FilterForm(request.GET, officer=officer, choices=choices)
    wanted = form.wanted()
    if (number := reference_parse(wanted.search)) and (found := matter_by_reference(officer, number)):
        return redirect("matters:detail", found)
    before = request.GET.get("before", "")
    page = matter_page(
        officer,
        visible,
        wanted,
        now=now,
        calendar=choices.calendar,
        key=before or request.GET.get("after", ""),
        direction="previous" if before else "next",
    )
    services.list_read(officer=officer, rectification_ids=page.shown_ids, filters=wanted.names_in_use())
    counts = pile_counts(officer, visible, now)
    context = {
        "form": form,
        "wanted": wanted,
        "page": page,
        "sees_all": sees_all(officer),
        "row_groups": list(grouped(page.rows)) if wanted.pile.is_grouped else [("", page.rows)],
        "tabs": [(pile, counts[pile.code]) for pile in piles_for(officer)],
        "is_filtered": bool(wanted.names_in_use()),
        "has_more_filters": bool(set(wanted.names_in_use()) - {"search", "unit", "item", "lateness"}),
        "list_suffix": f"?{_filter_query(request)}" if _filter_query(request) else "",
        "waiting": waiting_count(officer) if may(officer, Action.MATTER_DISPATCH) else "",
    }
    return render(request, "measures/matters/list.html", context)


@office_page(Action.MATTER_VIEW)
@require_safe
def matter_detail(request: OfficeRequest, rectification_id: int) -> HttpResponseBase:
    """One matter: where it stands, what the unit reads, what was done, what may be done now."""
    return _detail(request, rectification_for(request.user, rectification_id))


def _detail(
    request: OfficeRequest, matter: Rectification, attempt: Attempt | None = None, status: int = 200
) -> HttpResponse:
    query = _filter_query(request)
    context = detail_page(request.user, matter, clock.now(), attempt)
    context |= {
        "filter_query": query,
        "list_address": f"{reverse('matters:list')}?{query}" if query else reverse("matters:list"),
    }
    services.matter_read(officer=request.user, rectification_id=matter.pk)
    return render(request, "measures/matters/detail.html", context, status=status)


@office_page(Action.MATTER_VIEW)
@require_POST
def matter_move(request: OfficeRequest, rectification_id: int, move: str) -> HttpResponseBase:
    """Make one move; what could not be made comes back with all that was typed.

    Who reads a matter is not who may move it: that is asked of the table of moves, and answered with 404.
    """
    matter = rectification_for(request.user, rectification_id)
    _require_right(request.user, move, matter)
    form = form_of(move, matter, request.POST, request.FILES)
    if not form.is_valid():
        return _detail(request, matter, Attempt(move, form), status=422)
    try:
        _check_still_meant(matter, move, form.cleaned_data)
        PANELS[move].carry(request.user, matter, form.cleaned_data)
    except PermissionDenied as error:
        raise Http404 from error
    except MatterRefused as refused:
        return _refused(request, rectification_id, Attempt(move, form), refused)
    messages.success(request, told_of(matter, done_text(move)))
    return _back_to(request, matter)


def _require_right(officer: Officer, name: str, matter: Rectification) -> None:
    if name not in PANELS or not may_move(officer, MOVES[name], matter):
        raise Http404


def _check_still_meant(matter: Rectification, name: str, said: dict[str, Any]) -> None:
    """A decision is about what stood on the screen: this request of this matter, this answer and no later one."""
    number = said.get("request")
    if number is not None and not matter.requests.filter(pk=number, kind=name.partition("_")[2]).exists():
        raise Http404
    if "answered" in said and said["answered"] != answered_key(matter):
        raise MovedMeanwhile(_("The unit has answered anew meanwhile. Read the new answer and decide again."))


def _refused(request: OfficeRequest, rectification_id: int, attempt: Attempt, refused: MatterRefused) -> HttpResponse:
    attempt.form.add_error(refused.field if refused.field in attempt.form.fields else None, str(refused))
    matter = rectification_for(request.user, rectification_id)
    return _detail(request, matter, attempt, status=409 if isinstance(refused, MovedMeanwhile) else 422)


def _back_to(request: OfficeRequest, matter: Rectification, anchor: str = "") -> HttpResponseBase:
    """To the matter, or to the list where the officer can no longer read it."""
    query = _filter_query(request)
    address = reverse("matters:detail", args=[matter.pk])
    return redirect(f"{address}{f'?{query}' if query else ''}{anchor}")


@office_page(Action.MATTER_HANDLE)
@require_POST
def matter_evidence_add(request: OfficeRequest, rectification_id: int) -> HttpResponseBase:
    """Attach photos and documents to a matter being handled: all that were chosen, or none."""
    matter = rectification_for(request.user, rectification_id)
    if not may_move(request.user, MOVES["evidence_add"], matter):
        raise Http404
    form = EvidenceForm(request.POST, request.FILES, auto_id=f"{EVIDENCE}_%s")
    if not form.is_valid():
        return _detail(request, matter, Attempt(EVIDENCE, form), status=422)
    try:
        evidence_add(request.user, matter, form.cleaned_data["evidence"])
    except MatterRefused as refused:
        return _refused(request, rectification_id, Attempt(EVIDENCE, form), refused)
    messages.success(request, told_of(matter, done_text("evidence_add")))
    return _back_to(request, matter, "#evidence")


@office_page(Action.MATTER_VIEW)
@require_safe
def matter_evidence(request: OfficeRequest, rectification_id: int, evidence_id: int) -> HttpResponseBase:
    """One piece of evidence, for those who may read its matter; each showing is an audit row."""
    piece = evidence_for(request.user, rectification_id, evidence_id)
    services.evidence_shown(officer=request.user, rectification_id=rectification_id, evidence_id=evidence_id)
    ending = "jpg" if piece.media_type == JPEG else "pdf"
    return file_response(bytes(piece.data), piece.media_type, f"M-{rectification_id:08d}-{evidence_id}.{ending}")
