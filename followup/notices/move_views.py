"""One page a move: what it does, what it asks for, what came of it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, may
from followup.notices import services
from followup.notices.forms import (
    AppealDecisionForm,
    AppealForm,
    NoForm,
    PaperForm,
    PaperReturnForm,
    ReasonForm,
    RecheckForm,
    RecordForm,
    ServiceForm,
    VersionForm,
    record_initial,
)
from followup.notices.models import InterviewNotice
from followup.notices.moves import MOVES
from followup.notices.moving import is_second_hand
from followup.notices.selectors import moves_for, notice_for, paper_standing
from followup.notices.services import MovedMeanwhile, NoticeRefused
from followup.notices.texts import button_text
from followup.notices.views import refuse, shown
from measures.documents import FileRefused, Piece, document_read
from opinion_portal import clock

Act = Callable[[Any, datetime], object]
_pages = require_http_methods(["GET", "HEAD", "POST"])


def _page(
    request: OfficeRequest, notice: InterviewNotice, name: str, form: forms.Form, act: Act, *names: str
) -> HttpResponseBase:
    """Show the form of the move ``name``, or carry out ``act`` with what it says.

    ``names`` are the moves of the table behind the page where they are others than ``name``.
    """
    now = clock.now()
    if not form.is_bound:
        open_moves = {move.name for move in moves_for(request.user, notice, now)}
        if not open_moves & set(names or (name,)):
            messages.warning(request, _why_not(request, notice, names or (name,)))
            return redirect("notices:detail", notice.pk)
        return _show(request, notice, name, form)
    if not form.is_valid():
        return _show(request, notice, name, form, status=422)
    try:
        act(form, now)
    except NoticeRefused as refused:
        return _show(request, notice, name, refuse(form, refused), status=_status(refused))
    messages.success(request, _("Done: %(what)s.") % {"what": button_text(name)})
    return redirect("notices:detail", notice.pk)


def _why_not(request: OfficeRequest, notice: InterviewNotice, names: tuple[str, ...]) -> str:
    if any(is_second_hand(request.user, MOVES[name], notice.pk) for name in names):
        return _("You had a hand in this notice before. Drafter, reviewer, signer and judge are different people.")
    return _("This cannot be done now: %(state)s.") % {"state": notice.get_state_display()}


def _status(refused: NoticeRefused) -> int:
    return 409 if isinstance(refused, MovedMeanwhile) else 422


def _show(
    request: OfficeRequest, notice: InterviewNotice, name: str, form: forms.Form, status: int = 200
) -> HttpResponseBase:
    context = shown(notice) | {"form": form, "name": name, "what": button_text(name)}
    return render(request, "followup/notices/move.html", context, status=status)


def _data(request: OfficeRequest) -> Any:
    return request.POST if request.method == "POST" else None


@office_page(Action.NOTICE_DRAFT)
@_pages
def notice_cancel(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """Give up a draft."""
    notice = notice_for(request.user, notice_id)
    act = _with_note(request, notice_id, services.notice_cancel)
    return _page(request, notice, "cancel", ReasonForm(_data(request)), act)


@office_page(Action.NOTICE_REVIEW)
@_pages
def notice_review(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The discipline office passes a draft on for signature."""
    return _versioned(request, notice_id, "review", services.notice_review)


@office_page(Action.NOTICE_REVIEW)
@_pages
def notice_return(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The discipline office returns a draft to its drafter."""
    notice = notice_for(request.user, notice_id)
    act = _with_note(request, notice_id, services.notice_send_back)
    return _page(request, notice, "return", ReasonForm(_data(request)), act)


@office_page(Action.NOTICE_SIGN)
@_pages
def notice_send_back(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """A leader does not sign."""
    notice = notice_for(request.user, notice_id)
    act = _with_note(request, notice_id, services.notice_send_back)
    return _page(request, notice, "send_back", ReasonForm(_data(request)), act)


@office_page(Action.NOTICE_SIGN)
@_pages
def notice_sign(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """A leader signs: the notice is in force."""
    return _versioned(request, notice_id, "sign", services.notice_sign)


@office_page(Action.NOTICE_SIGN)
@_pages
def notice_void(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """A leader makes a notice void."""
    notice = notice_for(request.user, notice_id)
    act = _with_note(request, notice_id, services.notice_void)
    return _page(request, notice, "void", ReasonForm(_data(request)), act)


def _versioned(request: OfficeRequest, notice_id: int, name: str, service: Callable[..., object]) -> HttpResponseBase:
    notice = notice_for(request.user, notice_id)
    form = VersionForm(_data(request), initial={"version": notice.version})

    def act(form: Any, now: datetime) -> None:
        service(officer=request.user, notice_id=notice_id, version=form.cleaned_data["version"], now=now)

    return _page(request, notice, name, form, act)


def _with_note(request: OfficeRequest, notice_id: int, service: Callable[..., object]) -> Act:
    def act(form: Any, now: datetime) -> None:
        service(officer=request.user, notice_id=notice_id, note=form.cleaned_data["note"], now=now)

    return act


@office_page(Action.NOTICE_DRAFT)
@_pages
def notice_serve(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The centre records how the notice was served."""
    notice = notice_for(request.user, notice_id)
    form = ServiceForm(_data(request), initial={"served_at": clock.now()})

    def act(form: ServiceForm, now: datetime) -> None:
        services.notice_serve(officer=request.user, notice_id=notice_id, receipt=form.to_receipt(), now=now)

    return _page(request, notice, "serve", form, act)


@office_page(Action.NOTICE_ANSWER)
@_pages
def notice_sign_for(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The unit's head signs for the notice."""
    notice = notice_for(request.user, notice_id)

    def act(_form: NoForm, now: datetime) -> None:
        services.notice_sign_for(officer=request.user, notice_id=notice_id, now=now)

    return _page(request, notice, "sign_for", NoForm(_data(request)), act)


@office_page(Action.NOTICE_DRAFT)
@_pages
def notice_hold(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The centre records the interview."""
    notice = notice_for(request.user, notice_id)
    form = RecordForm(_data(request), initial=record_initial(notice, request.user))

    def act(form: RecordForm, now: datetime) -> None:
        services.notice_hold(officer=request.user, notice_id=notice_id, record=form.to_record(), now=now)

    return _page(request, notice, "hold", form, act)


@office_page(Action.NOTICE_ANSWER)
@_pages
def notice_plan(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The unit hands in its plan."""
    return _paper(request, notice_id, "plan", services.notice_plan)


@office_page(Action.NOTICE_ANSWER)
@_pages
def notice_report(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The unit hands in its report."""
    return _paper(request, notice_id, "report", services.notice_report)


def _paper(request: OfficeRequest, notice_id: int, name: str, service: Callable[..., object]) -> HttpResponseBase:
    notice = notice_for(request.user, notice_id)
    form = PaperForm(_data(request), request.FILES if request.method == "POST" else None)

    def act(form: PaperForm, now: datetime) -> None:
        said = {"text": form.cleaned_data["text"], "attached": _attached(form)}
        service(officer=request.user, notice_id=notice_id, now=now, **said)

    return _page(request, notice, name, form, act)


def _attached(form: PaperForm) -> Piece | None:
    file = form.cleaned_data["pdf"]
    if not file:
        return None
    try:
        return document_read(file)
    except FileRefused as refused:
        raise NoticeRefused(str(refused), "pdf") from refused


@office_page(Action.NOTICE_REVIEW)
@_pages
def plan_return(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The discipline office sends the plan back."""
    return _paper_return(request, notice_id, "plan")


@office_page(Action.NOTICE_REVIEW)
@_pages
def report_return(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The discipline office sends the report back."""
    return _paper_return(request, notice_id, "report")


def _paper_return(request: OfficeRequest, notice_id: int, kind: str) -> HttpResponseBase:
    notice = notice_for(request.user, notice_id)
    form = PaperReturnForm(_data(request), standing=paper_standing(notice, kind))

    def act(form: PaperReturnForm, now: datetime) -> None:
        said = {"paper_id": form.cleaned_data["paper"], "note": form.cleaned_data["note"]}
        services.paper_send_back(officer=request.user, notice_id=notice_id, kind=kind, now=now, **said)

    return _page(request, notice, f"return_{kind}", form, act)


@office_page(Action.NOTICE_REVIEW)
@_pages
def notice_recheck(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The discipline office looks again at what the unit reports."""
    notice = notice_for(request.user, notice_id)

    def act(form: RecheckForm, now: datetime) -> None:
        services.notice_recheck(officer=request.user, notice_id=notice_id, now=now, **form.cleaned_data)

    return _page(request, notice, "recheck", RecheckForm(_data(request)), act, "strike_off", "escalate")


@office_page(Action.NOTICE_ANSWER)
@_pages
def notice_appeal(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """The unit's head appeals."""
    notice = notice_for(request.user, notice_id)

    def act(form: AppealForm, now: datetime) -> None:
        services.notice_appeal(officer=request.user, notice_id=notice_id, now=now, **form.cleaned_data)

    return _page(request, notice, "appeal", AppealForm(_data(request)), act)


@office_page(Action.NOTICE_VIEW)
@_pages
def appeal_decide(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """Discipline office or leader decide an appeal; the unit's head is told nothing of this page."""
    if not (may(request.user, Action.NOTICE_REVIEW) or may(request.user, Action.NOTICE_SIGN)):
        raise Http404
    notice = notice_for(request.user, notice_id)

    def act(form: AppealDecisionForm, now: datetime) -> None:
        services.appeal_decide(officer=request.user, notice_id=notice_id, now=now, **form.cleaned_data)

    form = AppealDecisionForm(_data(request))
    return _page(request, notice, "appeal_decide", form, act, "grant_appeal", "refuse_appeal")
