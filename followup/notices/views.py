"""Notices: the list, one notice with its story, and the draft."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Officer, Unit
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, Scope, may, scope_of
from accounts.selectors import unit_list
from followup.notices import services
from followup.notices.answer_models import NoticeInterview, NoticeService
from followup.notices.forms import DraftForm, UnitForm, draft_initial
from followup.notices.matters import matters_to_pick
from followup.notices.models import InterviewNotice, NoticeState
from followup.notices.selectors import (
    TABS,
    appeal_of,
    draft_suggested,
    moves_for,
    notice_for,
    notice_page,
    papers_of,
    story_of,
)
from followup.notices.services import MovedMeanwhile, NoticeRefused
from followup.notices.texts import button_text, move_text
from opinion_portal import clock

_DECIDE = {"grant_appeal": "appeal_decide", "refuse_appeal": "appeal_decide"}
_RECHECK = {"strike_off": "recheck", "escalate": "recheck"}


@office_page(Action.NOTICE_VIEW)
@require_safe
def notice_list(request: OfficeRequest) -> HttpResponseBase:
    """Fifty notices of one tab; at first what waits for the officer."""
    officer = request.user
    tab = request.GET.get("state", "")
    after = request.GET.get("after", "")
    key = int(after) if after.isascii() and after.isdigit() and len(after) <= 18 else None
    context = {
        "page": notice_page(officer, tab, after=key),
        "tabs": _tabs(officer, tab if tab in TABS else ""),
        "can_draft": may(officer, Action.NOTICE_DRAFT),
        "is_unit": scope_of(officer, Action.NOTICE_VIEW) is not Scope.ALL,
    }
    return render(request, "followup/notices/list.html", context)


def _tabs(officer: Officer, tab: str) -> list[tuple[str, str, bool]]:
    names = [("", _("Waiting for me")), ("draft", str(NoticeState.DRAFT.label))]
    names += [("reviewed", _("To be signed")), ("force", _("In force")), ("over", _("Over")), ("any", _("All"))]
    if scope_of(officer, Action.NOTICE_VIEW) is not Scope.ALL:
        names = [one for one in names if one[0] not in {"draft", "reviewed"}]
    return [(value, label, value == tab) for value, label in names]


@office_page(Action.NOTICE_VIEW)
@require_safe
def notice_detail(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """One notice: what it says, what the officer may do now, and what happened so far."""
    officer, now = request.user, clock.now()
    notice = notice_for(officer, notice_id)
    moves = [_RECHECK.get(move.name, _DECIDE.get(move.name, move.name)) for move in moves_for(officer, notice, now)]
    context = shown(notice) | {
        "buttons": [(f"notices:{name}", button_text(name), name) for name in dict.fromkeys(moves)],
        "story": [(event, move_text(event.move)) for event in story_of(officer, notice)],
        "service": NoticeService.objects.filter(notice=notice).first(),
        "interview": NoticeInterview.objects.filter(notice=notice).first(),
        "papers": papers_of(notice),
        "appeal": appeal_of(notice),
    }
    return render(request, "followup/notices/detail.html", context)


def shown(notice: InterviewNotice) -> dict[str, Any]:
    """What every page about one notice shows of it."""
    return {"notice": notice, "matters": list(notice.matters.all()), "is_draft": notice.number is None}


@office_page(Action.NOTICE_DRAFT)
@require_http_methods(["GET", "HEAD", "POST"])
def notice_draft(request: OfficeRequest) -> HttpResponseBase:
    """Draft by hand: first the unit (``?unit=``, or ``?matter=`` for its lead unit), then the paper."""
    unit = _unit(request)
    if unit is None:
        return render(request, "followup/notices/unit.html", {"form": UnitForm()})
    picked = {number for number in [_number(request.GET.get("matter", ""))] if number}
    matters = matters_to_pick(unit, picked)
    if request.method != "POST":
        initial = draft_suggested(unit, clock.now()) | {"client_id": uuid.uuid4(), "matters": [str(n) for n in picked]}
        return _draft_page(request, DraftForm(initial=initial, matters=matters), unit)
    form = DraftForm(request.POST, matters=matters)
    if not form.is_valid():
        return _draft_page(request, form, unit, status=422)
    try:
        made = services.notice_draft(
            officer=request.user,
            unit=unit,
            matter_ids=form.matter_ids(),
            draft=form.to_draft(),
            client_id=form.cleaned_data["client_id"],
            now=clock.now(),
        )
    except NoticeRefused as refused:
        return _draft_page(request, refuse(form, refused), unit, status=422)
    messages.success(request, _("The draft is stored; the discipline office can review it."))
    return redirect("notices:detail", made.pk)


def _unit(request: OfficeRequest) -> Unit | None:
    if number := _number(request.GET.get("unit", "")):
        return unit_list().filter(pk=number).first()
    if matter := _number(request.GET.get("matter", "")):
        return unit_list().filter(led_matters=matter).first()
    return None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@office_page(Action.NOTICE_DRAFT)
@require_http_methods(["GET", "HEAD", "POST"])
def notice_edit(request: OfficeRequest, notice_id: int) -> HttpResponseBase:
    """Change a draft; a proposal of the portal is taken over by whoever stores it first."""
    notice = notice_for(request.user, notice_id)
    if notice.state != NoticeState.DRAFT and request.method != "POST":
        return redirect("notices:detail", notice_id)
    picked = set(notice.matters.values_list("rectification_id", flat=True))
    matters = matters_to_pick(notice.unit, picked)
    if request.method != "POST":
        initial = draft_initial(notice, draft_suggested(notice.unit, clock.now()))
        return _draft_page(request, DraftForm(initial=initial, matters=matters), notice.unit, notice)
    form = DraftForm(request.POST, matters=matters)
    if not form.is_valid():
        return _draft_page(request, form, notice.unit, notice, status=422)
    try:
        services.notice_edit(
            officer=request.user,
            notice_id=notice_id,
            matter_ids=form.matter_ids(),
            draft=form.to_draft(),
            version=form.cleaned_data["version"] or 0,
            now=clock.now(),
        )
    except NoticeRefused as refused:
        status = 409 if isinstance(refused, MovedMeanwhile) else 422
        return _draft_page(request, refuse(form, refused), notice.unit, notice, status=status)
    messages.success(request, _("The draft is stored; the discipline office can review it."))
    return redirect("notices:detail", notice_id)


def refuse(form: Any, refused: NoticeRefused) -> Any:
    """The form with the refusal at the field that has to change, or above all fields."""
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return form


def _draft_page(
    request: OfficeRequest, form: DraftForm, unit: Unit, notice: InterviewNotice | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "unit": unit, "notice": notice}
    return render(request, "followup/notices/draft.html", context, status=status)
