"""Action plans: the list, one plan with its document, one measure with its progress and what it changed."""

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, may
from measures.documents import file_response
from measures.matters.selectors import feedback_waiting
from measures.models import ActionPlan, MatterState, Measure
from measures.plans import services
from measures.plans.chart import effects_chart
from measures.plans.effects import ENOUGH
from measures.plans.forms import DocumentForm, ProgressForm
from measures.plans.selectors import (
    effects_of,
    matter_counts,
    may_note_progress,
    measure_for,
    measures_of,
    plan_document,
    plan_for,
    plans_listed,
    progress_of,
    state_counts,
)
from opinion_portal import clock

PERIODS = (30, 90)


@office_page(Action.PLAN_VIEW)
@require_safe
def plan_list(request: OfficeRequest) -> HttpResponseBase:
    """All plans, newest first."""
    return render(request, "measures/plans/list.html", {"plans": list(plans_listed())})


@office_page(Action.PLAN_VIEW)
@require_safe
def plan_detail(request: OfficeRequest, plan_id: int) -> HttpResponseBase:
    """One plan: its measures, how the matters under them stand, its document."""
    return _plan_page(request, plan_for(plan_id))


def _plan_page(
    request: OfficeRequest, plan: ActionPlan, form: DocumentForm | None = None, status: int = 200
) -> HttpResponse:
    measures = measures_of(plan)
    counts = matter_counts(request.user, measures, clock.now())
    context = {
        "plan": plan,
        "measures": [(one, counts[one.pk]) for one in measures],
        "today": clock.bureau_day(clock.now()),
        "can_manage": may(request.user, Action.PLAN_MANAGE),
        "form": form or DocumentForm(),
    }
    return render(request, "measures/plans/detail.html", context, status=status)


@office_page(Action.PLAN_VIEW)
@require_safe
def plan_document_read(request: OfficeRequest, plan_id: int) -> HttpResponseBase:
    """The published document."""
    plan = plan_document(plan_id)
    return file_response(bytes(plan.document or b""), plan.document_type, f"plan-{plan.code}.pdf")


@office_page(Action.PLAN_MANAGE)
@require_POST
def plan_document_replace(request: OfficeRequest, plan_id: int) -> HttpResponseBase:
    """Take a new document in the place of the old one."""
    plan = plan_for(plan_id)
    form = DocumentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _plan_page(request, plan, form, status=422)
    services.plan_document_replace(officer=request.user, plan_id=plan.pk, document=form.cleaned_data["document"])
    messages.success(request, _("The document is stored."))
    return redirect("plans:detail", plan.pk)


@office_page(Action.PLAN_VIEW)
@require_safe
def measure_detail(request: OfficeRequest, measure_id: int) -> HttpResponseBase:
    """One measure: its aim, progress and matters, and what changed in its items since the plan."""
    return _measure_page(request, measure_for(measure_id))


def _measure_page(
    request: OfficeRequest, measure: Measure, form: ProgressForm | None = None, status: int = 200
) -> HttpResponse:
    officer, now = request.user, clock.now()
    today = clock.bureau_day(now)
    period = next((days for days in PERIODS if request.GET.get("days") == str(days)), PERIODS[0])
    effects = effects_of(measure, wanted=period, today=today)
    states = state_counts(officer, measure)
    can_dispatch = may(officer, Action.MATTER_DISPATCH)
    items = [item.code for item in measure.items.all()]
    context = {
        "measure": measure,
        "today": today,
        "states": [(state, label, states[state]) for state, label in MatterState.choices if state in states],
        "counts": matter_counts(officer, [measure], now)[measure.pk],
        "progress": progress_of(measure),
        "waiting": feedback_waiting(officer, items=items).count() if can_dispatch else 0,
        "can_dispatch": can_dispatch,
        "periods": PERIODS,
        "period": period,
        "effects": effects,
        "chart": effects_chart(effects.windows, effects.by_day) if effects else None,
        "enough": ENOUGH,
        "can_manage": may(officer, Action.PLAN_MANAGE),
        "can_note": may_note_progress(officer, measure),
        "form": form or ProgressForm(initial={"happened_on": today}, today=today),
    }
    return render(request, "measures/plans/measure.html", context, status=status)


@office_page(Action.PLAN_PROGRESS)
@require_POST
def measure_progress_add(request: OfficeRequest, measure_id: int) -> HttpResponseBase:
    """Add an entry of progress; for a measure of another unit there is no such page."""
    measure = measure_for(measure_id)
    if not may_note_progress(request.user, measure):
        raise Http404
    form = ProgressForm(request.POST, today=clock.bureau_day(clock.now()))
    if not form.is_valid():
        return _measure_page(request, measure, form, status=422)
    services.progress_add(officer=request.user, measure_id=measure.pk, **form.cleaned_data)
    messages.success(request, _("The progress is noted."))
    return redirect("plans:measure", measure.pk)
