"""The outbox as the centre sees it: whether messages arrive, which do not, and replies that a person has to read."""

from django.contrib import messages
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Officer
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from followup.sms import selectors, services
from followup.sms.gateway import provider_now
from followup.sms.models import ReplyAnswer, SmsState
from opinion_portal import clock


def _key(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


@office_page(Action.SMS_VIEW)
@require_safe
def overview(request: OfficeRequest) -> HttpResponseBase:
    """Fourteen days of delivery, unread replies, the messages of one state or all, and the texts."""
    officer = request.user
    state = request.GET.get("state", "")
    state = state if state in SmsState.values else ""
    before = _key(request.GET.get("before", ""))
    lines, older = selectors.messages_page(officer, state=state, before=before)
    context = {
        "lines": lines,
        "older": older,
        "state": state,
        "tabs": [("", _("All")), *SmsState.choices],
        "is_first": before is None,
        **(_summary(officer) if before is None else {}),
    }
    return render(request, "followup/sms/overview.html", context)


def _summary(officer: Officer) -> dict[str, object]:
    """What stands around the first page of messages; what people wrote is read by somebody, so that is recorded."""
    days, troubles = selectors.health_of(officer, today=clock.bureau_day(clock.now()))
    strays = selectors.strays_for(officer)
    services.replies_read(officer=officer, reply_ids=[stray.id for stray in strays])
    provider = provider_now()
    return {
        "provider": provider.name if provider else "",
        "days": days,
        "any_day": any(day.total or day.reply_total for day in days),
        "troubles": troubles,
        "states": SmsState.choices,
        "answers": ReplyAnswer.choices,
        "strays": strays,
        "texts": selectors.texts_for(officer),
    }


@office_page(Action.SMS_VIEW)
@require_POST
def reply_seen(request: OfficeRequest, reply_id: int) -> HttpResponseBase:
    """Record that a reply which answers no question has been read."""
    reply = selectors.stray_for(request.user, reply_id)
    if services.reply_seen(reply=reply, officer=request.user):
        messages.success(request, _("The reply is marked as read."))
    else:
        messages.info(request, _("Somebody had read this reply before."))
    return redirect("sms:overview")
