"""What a provider pushes: receipts and replies. Open to the world, closed to whoever lacks the token in the address.

Every push is taken whole or answered so that the provider pushes it again; what was taken before is taken again
without effect. Neither numbers nor texts get into a log or an answer.
"""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from accounts.pages import public_page
from followup.sms.gateway import provider_now
from followup.sms.providers import webhook_token_matches
from followup.sms.providers.base import Answer, MalformedWebhook, Provider
from followup.sms.taking import receipt_take, reply_take

log = structlog.get_logger("followup.sms")

# A provider gathers up to some hundred reports in one push.
BODY_BYTES = 512 * 1024


@public_page
@require_POST
def report(request: HttpRequest, token: str) -> HttpResponse:
    """Delivery receipts."""
    return _taken(request, token, _receipts_take)


@public_page
@require_POST
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """What residents wrote back."""
    return _taken(request, token, _replies_take)


def _receipts_take(provider: Provider, body: bytes) -> Answer:
    for delivery in provider.deliveries_parse(body):
        receipt_take(delivery=delivery, provider=provider.name)
    return provider.delivery_answer()


def _replies_take(provider: Provider, body: bytes) -> Answer:
    for inbound in provider.inbound_parse(body):
        reply_take(inbound=inbound)
    return provider.inbound_answer()


def _taken(request: HttpRequest, token: str, take: Callable[[Provider, bytes], Answer]) -> HttpResponse:
    provider = provider_now()
    if provider is None or not webhook_token_matches(token, settings.SMS_WEBHOOK_TOKEN):
        raise Http404
    if _length(request) > BODY_BYTES:
        return _problem(413, f"longer than {BODY_BYTES} bytes")
    try:
        answer = take(provider, request.body)
    except MalformedWebhook as reason:
        log.warning("sms.webhook_malformed", provider=provider.name, reason=str(reason))
        return _problem(400, str(reason))
    return HttpResponse(answer.body, content_type=answer.content_type)


def _length(request: HttpRequest) -> int:
    text = request.headers.get("Content-Length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _problem(status: int, detail: str) -> JsonResponse:
    problem = {"type": "about:blank", "title": "The push was not taken", "status": status, "detail": detail}
    return JsonResponse(problem, status=status, content_type="application/problem+json")
