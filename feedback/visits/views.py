"""Visits: the list, one visit, and the form at the door."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import BaseFormSet
from django.http import HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, may
from feedback.alerts import danger_words
from feedback.resident.rules import CONTENT_MAX
from feedback.selectors import reads_in_full
from feedback.visits import services
from feedback.visits.forms import OPINIONS_MAX, PREFIX, OpinionForm, OpinionFormSet, VisitForm, typed_opinions
from feedback.visits.selectors import told_on, visit_for, visit_page
from feedback.visits.services import Logged, VisitRefused
from opinion_portal import clock
from stations.models import SensingPoint
from stations.selectors import points_for, points_visible

_TYPED = ("client_id", "point", "place", "reached", "visited_on", "note")


@office_page(Action.VISIT_VIEW)
@require_safe
def visit_list(request: OfficeRequest) -> HttpResponseBase:
    """The visits in the officer's reach, newest day first."""
    point = points_visible(request.user, Action.VISIT_VIEW).filter(code=request.GET.get("point", "")[:12]).first()
    page = visit_page(request.user, after=request.GET.get("after", ""), point_id=point.pk if point else None)
    context = {"page": page, "point": point, "can_log": may(request.user, Action.VISIT_LOG)}
    return render(request, "feedback/visits/list.html", context)


@office_page(Action.VISIT_VIEW)
@require_safe
def visit_detail(request: OfficeRequest, visit_id: int) -> HttpResponseBase:
    """One visit. What was said is counted, not shown: the officer's own unit may be what it is about."""
    visit = visit_for(request.user, visit_id)
    context = {
        "visit": visit,
        "told": told_on(visit),
        "reads_in_full": reads_in_full(request.user),
        "can_log": may(request.user, Action.VISIT_LOG),
    }
    return render(request, "feedback/visits/detail.html", context)


@office_page(Action.VISIT_LOG)
@require_http_methods(["GET", "HEAD", "POST"])
def visit_log(request: OfficeRequest) -> HttpResponseBase:
    """The form; a script that asks for JSON learns where the visit is, or what is wrong with it."""
    if request.method != "POST":
        return _form_page(request, _empty_form(request), OpinionFormSet(prefix=PREFIX, initial=[{}]))
    if "add" in request.POST:
        return _one_more(request)
    form = VisitForm(request.POST, officer=request.user, today=clock.bureau_day(clock.now()))
    opinions = OpinionFormSet(request.POST, prefix=PREFIX)
    if not (form.is_valid() & opinions.is_valid()):
        return _refused(request, form, opinions)
    try:
        logged = services.visit_log(
            officer=request.user,
            client_id=str(form.cleaned_data.pop("client_id")),
            opinions=[one.opinion(number) for number, one in enumerate(opinions)],
            **form.cleaned_data,
        )
    except VisitRefused as refused:
        form.add_error(None, str(refused))
        return _refused(request, form, opinions)
    address = reverse("visits:detail", args=[logged.visit.pk])
    if _wants_json(request):
        # The device says it where it belongs; a message kept here would wait for whatever page comes next.
        return JsonResponse({"address": address, "told": _told(logged)})
    messages.success(request, _told(logged))
    return redirect(address)


def _empty_form(request: OfficeRequest) -> VisitForm:
    today = clock.bureau_day(clock.now())
    points = points_for(request.user, Action.VISIT_LOG)
    point = points.filter(code=request.GET.get("point", "")[:12]).first() or _only(points)
    initial = {"client_id": uuid.uuid4(), "visited_on": today, "point": point}
    return VisitForm(initial=initial, officer=request.user, today=today)


def _only(points: QuerySet[SensingPoint]) -> SensingPoint | None:
    """The point of an officer who has but one, so that nobody chooses it again and again."""
    few = list(points[:2])
    return few[0] if len(few) == 1 else None


def _one_more(request: OfficeRequest) -> HttpResponseBase:
    """Everything that was typed, unchecked, with room for one more opinion: the way without a script."""
    typed = {name: request.POST.get(name, "") for name in _TYPED}
    rows = typed_opinions(request.POST)
    rows += [{}] if len(rows) < OPINIONS_MAX else []
    form = VisitForm(initial=typed, officer=request.user, today=clock.bureau_day(clock.now()))
    return _form_page(request, form, OpinionFormSet(prefix=PREFIX, initial=rows))


def _refused(request: OfficeRequest, form: VisitForm, opinions: "BaseFormSet[OpinionForm]") -> HttpResponseBase:
    if _wants_json(request):
        return JsonResponse({"errors": len(form.errors) + sum(map(bool, opinions.errors)) or 1}, status=422)
    return _form_page(request, form, opinions, status=422)


def _form_page(
    request: OfficeRequest, form: VisitForm, opinions: "BaseFormSet[OpinionForm]", status: int = 200
) -> HttpResponseBase:
    context: dict[str, Any] = {
        "form": form,
        "opinions": opinions,
        "content_max": CONTENT_MAX,
        "opinions_max": OPINIONS_MAX,
    }
    return render(request, "feedback/visits/log.html", context, status=status)


def _told(logged: Logged) -> str:
    if logged.is_replay and not logged.stored:
        return _("This visit had been stored before; nothing was stored twice.")
    opinions = ngettext("%(n)d opinion stored.", "%(n)d opinions stored.", logged.stored) % {"n": logged.stored}
    return _("The visit is stored.") + (f" {opinions}" if logged.stored else "")


def _wants_json(request: OfficeRequest) -> bool:
    return request.headers.get("Accept", "") == "application/json"


@office_page(Action.VISIT_LOG)
@require_POST
def emergency_check(request: OfficeRequest) -> HttpResponseBase:
    """The emergency words in what is being typed, so that the officer is warned at the door. Stores nothing."""
    return JsonResponse({"words": danger_words(request.POST.get("content", "")[:CONTENT_MAX])})
