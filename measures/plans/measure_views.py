"""The centre adds a measure to a plan, or changes one."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from measures.models import ActionPlan, Measure
from measures.plans import services
from measures.plans.forms import MeasureForm, measure_initial
from measures.plans.selectors import measure_for, measure_number_next, plan_for
from measures.services import MatterRefused, MovedMeanwhile

_pages = require_http_methods(["GET", "HEAD", "POST"])


@office_page(Action.PLAN_MANAGE)
@_pages
def measure_add(request: OfficeRequest, plan_id: int) -> HttpResponseBase:
    """A new measure of a plan."""
    plan = plan_for(plan_id)
    if request.method != "POST":
        return _page(request, MeasureForm(initial={"number": measure_number_next(plan)}), plan)
    form = MeasureForm(request.POST)
    if not form.is_valid():
        return _page(request, form, plan, status=422)
    try:
        made = services.measure_add(
            officer=request.user, plan_id=plan.pk, number=form.cleaned_data["number"], draft=form.to_draft()
        )
    except MatterRefused as refused:
        return _refused(request, form, plan, refused)
    messages.success(request, _("The measure is added."))
    return redirect("plans:measure", made.pk)


@office_page(Action.PLAN_MANAGE)
@_pages
def measure_edit(request: OfficeRequest, measure_id: int) -> HttpResponseBase:
    """Change what a measure says; its plan and number stay."""
    measure = measure_for(measure_id)
    if request.method != "POST":
        return _page(request, MeasureForm(initial=measure_initial(measure), measure=measure), measure.plan, measure)
    form = MeasureForm(request.POST, measure=measure)
    if not form.is_valid():
        return _page(request, form, measure.plan, measure, status=422)
    try:
        changed = services.measure_edit(
            officer=request.user, measure_id=measure.pk, draft=form.to_draft(), read=form.cleaned_data["read"]
        )
    except MatterRefused as refused:
        return _refused(request, form, measure.plan, refused, measure)
    messages.success(request, _("The measure is stored.") if changed else _("Nothing was changed."))
    return redirect("plans:measure", measure.pk)


def _refused(
    request: OfficeRequest, form: MeasureForm, plan: ActionPlan, refused: MatterRefused, measure: Measure | None = None
) -> HttpResponse:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    return _page(request, form, plan, measure, status=409 if isinstance(refused, MovedMeanwhile) else 422)


def _page(
    request: OfficeRequest, form: MeasureForm, plan: ActionPlan, measure: Measure | None = None, status: int = 200
) -> HttpResponse:
    context = {"form": form, "plan": plan, "measure": measure}
    return render(request, "measures/plans/measure_form.html", context, status=status)
