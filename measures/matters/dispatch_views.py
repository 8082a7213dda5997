"""What waits to be dispatched, the dispatch of one or many voices as one matter, the second dispatch of a return."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Unit
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from feedback.models import Feedback
from feedback.queue.choices import reference_for
from feedback.queue.services import list_read as voices_read
from measures.matters.choices import Reference, reference
from measures.matters.dispatching import Barred, Proposal, Voice, barred_units, proposal_for, term_from, voices_shown
from measures.matters.forms import DispatchForm, OrderForm, RedispatchForm
from measures.matters.selectors import is_recalled, matters_of_voices
from measures.matters.telling import told_of
from measures.matters.waiting import waiting_page
from measures.models import Measure, Rectification, matter_reference
from measures.moves import MOVES
from measures.selectors import feedback_dispatchable, may_move, rectification_for, voices_of, working_calendar
from measures.services import MatterRefused, MovedMeanwhile, rectification_dispatch, rectification_redispatch
from opinion_portal import clock

VOICES_MAX = 50


@office_page(Action.MATTER_DISPATCH)
@require_safe
def feedback_waiting(request: OfficeRequest) -> HttpResponseBase:
    """The confirmed voices that no matter deals with, to be ticked and dispatched together."""
    measure = _measure(request.GET)
    places = reference_for(request.user)
    page = waiting_page(
        request.user, places, item=request.GET.get("item", ""), measure=measure, after=request.GET.get("after", "")
    )
    voices_read(officer=request.user, feedback_ids=[row.id for row in page.rows], in_full=True)
    context = {
        "page": page,
        "measure": measure,
        "item": request.GET.get("item", ""),
        "item_groups": places.item_groups(),
    }
    return render(request, "measures/matters/waiting.html", context)


@office_page(Action.MATTER_DISPATCH)
@require_http_methods(["GET", "HEAD", "POST"])
def matter_dispatch(request: OfficeRequest) -> HttpResponseBase:
    """The form with all that is proposed; what the service refuses comes back at its field, and nothing is lost."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = _voice_ids(sent)
    if not ids:
        return redirect("matters:waiting")
    chosen = feedback_dispatchable(request.user, ids)
    left_out = _left_out(ids, chosen)
    if not chosen:
        return _nothing_to_dispatch(request, ids, left_out)
    voices, barred, choices = voices_shown(request.user, chosen), barred_units(chosen), reference()
    voices_read(officer=request.user, feedback_ids=[one.pk for one in chosen], in_full=True)
    options: dict[str, Any] = {
        "reference": choices,
        "barred": {one.unit.pk for one in barred},
        "units": _units(choices),
    }
    if request.method != "POST":
        start = _initial(proposal_for(voices, barred, _measure(sent)))
        return _dispatch_page(request, DispatchForm(initial=start, **options), voices, barred, left_out)
    form = DispatchForm(request.POST, **options)
    status = 422
    if form.is_valid():
        try:
            # All that was chosen is sent, so that a voice which is not free any more is refused and not passed over.
            made = rectification_dispatch(officer=request.user, feedback_ids=ids, order=form.to_order())
        except MatterRefused as refused:
            _add(form, refused)
            status = 409 if isinstance(refused, MovedMeanwhile) else 422
        else:
            messages.success(request, _dispatched(made))
            return redirect("matters:detail", made.pk)
    return _dispatch_page(request, form, voices, barred, left_out, status)


def _dispatched(made: Rectification) -> str:
    return told_of(made, _("Dispatched to %(unit)s.") % {"unit": made.lead_unit})


def _voice_ids(sent: QueryDict) -> list[int]:
    texts = sent.getlist("feedback")[:VOICES_MAX]
    return list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= 18))


def _measure(sent: Mapping[str, Any]) -> Measure | None:
    text = str(sent.get("measure", ""))
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        return None
    return Measure.objects.select_related("plan", "lead_unit").filter(pk=int(text)).first()


def _units(choices: Reference) -> QuerySet[Unit]:
    return Unit.objects.filter(pk__in=[unit.pk for unit in choices.units])


def _initial(proposal: Proposal) -> dict[str, Any]:
    return {
        "item": proposal.item,
        "measure": proposal.measure_id,
        "lead_unit": proposal.lead_unit_id,
        "support_units": proposal.support_unit_ids,
        "title": proposal.title,
        "brief": proposal.brief,
    }


def _left_out(ids: Sequence[int], chosen: Sequence[Feedback]) -> list[dict[str, Any]]:
    """The chosen voices that cannot be dispatched, and the matter that deals with them, where there is one."""
    gone = Feedback.objects.filter(pk__in=set(ids) - {one.pk for one in chosen}).order_by("id")
    found = list(gone.only("id", "state"))
    matters = matters_of_voices([one.pk for one in found])
    return [
        {"feedback": one, "matter_id": matters.get(one.pk), "matter": _matter_name(matters.get(one.pk))}
        for one in found
    ]


def _matter_name(number: int | None) -> str:
    return matter_reference(number) if number is not None else ""


def _nothing_to_dispatch(
    request: OfficeRequest, ids: Sequence[int], left_out: Sequence[Mapping[str, Any]]
) -> HttpResponseBase:
    if not left_out:
        raise Http404
    if len(ids) == 1 and left_out[0]["matter_id"] and request.method != "POST":
        return redirect("matters:detail", left_out[0]["matter_id"])
    context = {"left_out": left_out}
    return render(request, "measures/matters/dispatch_nothing.html", context, status=409)


def _dispatch_page(
    request: OfficeRequest,
    form: DispatchForm,
    voices: Sequence[Voice],
    barred: Sequence[Barred],
    left_out: Sequence[Mapping[str, Any]],
    status: int = 200,
) -> HttpResponse:
    context = _order_context(form, barred) | {
        "voices": voices,
        "left_out": left_out,
        "draft": "-".join(str(voice.feedback.pk) for voice in voices),
    }
    return render(request, "measures/matters/dispatch.html", context, status=status)


def _order_context(form: OrderForm, barred: Sequence[Barred]) -> dict[str, Any]:
    return {
        "form": form,
        "barred": barred,
        "term": term_from(clock.now(), working_calendar()),
        "findings": form.findings if form.is_bound else [],
        "asks_checked": form.is_bound and bool(form.findings),
    }


def _add(form: OrderForm, refused: MatterRefused) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


@office_page(Action.MATTER_DISPATCH)
@require_http_methods(["GET", "HEAD", "POST"])
def matter_redispatch(request: OfficeRequest, rectification_id: int) -> HttpResponseBase:
    """Send a returned matter to another unit, with what that unit is to read."""
    matter = rectification_for(request.user, rectification_id)
    if not may_move(request.user, MOVES["redispatch"], matter):
        raise Http404
    voices = list(voices_of(matter))
    barred, choices = barred_units(voices), reference()
    options: dict[str, Any] = {"barred": {one.unit.pk for one in barred}, "units": _units(choices)}
    if request.method != "POST":
        start = {"brief": matter.brief, "support_units": list(matter.support_units.values_list("pk", flat=True))}
        return _redispatch_page(request, RedispatchForm(initial=start, **options), matter, barred)
    form = RedispatchForm(request.POST, **options)
    status = 422
    if form.is_valid():
        order = form.to_order(item=matter.item_id, title=matter.title)
        try:
            rectification_redispatch(rectification_id=matter.pk, officer=request.user, order=order)
        except MatterRefused as refused:
            _add(form, refused)
            status = 409 if isinstance(refused, MovedMeanwhile) else 422
        else:
            matter.lead_unit = order.lead_unit
            messages.success(request, _dispatched(matter))
            return redirect("matters:detail", matter.pk)
    return _redispatch_page(request, form, matter, barred, status)


def _redispatch_page(
    request: OfficeRequest, form: RedispatchForm, matter: Rectification, barred: Sequence[Barred], status: int = 200
) -> HttpResponse:
    context = _order_context(form, barred) | {"matter": matter, "is_recalled": is_recalled(matter)}
    return render(request, "measures/matters/redispatch.html", context, status=status)
