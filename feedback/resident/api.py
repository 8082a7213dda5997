"""The programme interface for residents' devices: send a voice, look up a receipt. Same services as the pages."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.http import UnreadablePostError
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ParseError, Throttled
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import AllowAny
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from feedback.models import Channel
from feedback.resident import rules, throttle
from feedback.resident.selectors import story_of
from feedback.resident.serializers import FeedbackIn, FeedbackOut, ProblemOut, ReceiptIn, StoryOut
from feedback.selectors import feedback_by_receipt
from feedback.services import Submitted, Voice, feedback_submit
from opinion_portal.api import BodyTooLargeError

BODY_MAX = 128 * 1024  # 5,000 characters, each as a \uXXXX pair, and room to spare


class BoundedJSONParser(JSONParser):
    """JSON in UTF-8, at most 128 KB; whatever else arrives is the sender's error, never ours."""

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        try:
            body = stream.read(BODY_MAX + 1)
        except UnreadablePostError as error:
            raise ParseError(_("The message broke off.")) from error
        if len(body) > BODY_MAX:
            raise BodyTooLargeError
        try:
            return json.loads(body)  # type: ignore[no-any-return]  # the serializer refuses what is not an object
        except (ValueError, RecursionError) as error:
            raise ParseError(_("The message is not valid JSON.")) from error


class JSONAlways(BaseContentNegotiation):
    """There is one representation, so the Accept header decides nothing."""

    def select_parser(self, request: Request, parsers: Any) -> BaseParser | None:
        wanted = request.content_type.split(";")[0].strip().lower()
        return parsers[0] if wanted == "application/json" else None

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class PublicAPIView(APIView):
    """Open to everybody: no login exists for residents."""

    access = "public"
    permission_classes = [AllowAny]
    parser_classes = [BoundedJSONParser]
    renderer_classes = [JSONRenderer]
    content_negotiation_class = JSONAlways


def _problem(description: str, example: dict[str, Any]) -> OpenApiResponse:
    body = {"type": "about:blank", **example}
    return OpenApiResponse(ProblemOut, description, [OpenApiExample(description, body, response_only=True)])


def _responses(done: int, body: Any, **problems: OpenApiResponse) -> dict[Any, Any]:
    common = {
        400: _problem("The form has errors", {"status": 400, "title": "The form has errors", "errors": {}}),
        405: _problem("Only POST", {"status": 405, "title": "Method not allowed."}),
        413: _problem("Too large", {"status": 413, "title": "The message is too large."}),
        415: _problem("Not JSON", {"status": 415, "title": "Unsupported media type."}),
        503: _problem("The store is away; send it again", {"status": 503, "title": "Try again in half a minute."}),
    }
    found = common | {int(name.removeprefix("on_")): problem for name, problem in problems.items()}
    answers: dict[Any, Any] = {(code, "application/problem+json"): problem for code, problem in sorted(found.items())}
    return {done: body} | answers


@cache
def _feedback_in(language: str) -> FeedbackIn:
    """One instance for all requests in ``language``: making its fields anew costs as much as the rest of the check.

    Validating changes nothing in it but that its messages stay in the language in which they are first told.
    """
    return FeedbackIn()


class FeedbackAPI(PublicAPIView):
    """Send one voice."""

    @extend_schema(
        operation_id="feedback_submit",
        tags=["feedback"],
        auth=[],
        request=FeedbackIn,
        responses=_responses(201, FeedbackOut),
        examples=[
            OpenApiExample(
                "A rating with words",
                {
                    "client_id": "6f1f2d0e-6a0b-4f6e-9a55-2f0a6d0c3b11",
                    "point_code": "7KTA3WXC",
                    "service_rating": 4,
                    "kind": "suggestion",
                    "content": "晚上八点后路灯不亮，希望多巡逻。",
                },
                request_only=True,
            ),
            OpenApiExample(
                "Stored",
                {"receipt": "4821093377150264", "reference": "F-00001234", "urgent": False},
                response_only=True,
                status_codes=["201"],
            ),
        ],
    )
    def post(self, request: Request) -> Response:
        """Store a voice, or answer a repeated form with the receipt it already has."""
        language = get_language() or "zh-hans"
        said = _feedback_in(language).run_validation(request.data)
        submitted = feedback_submit(voice=voice_of(said, language))
        return Response(answer_of(submitted), status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


def answer_of(submitted: Submitted) -> dict[str, Any]:
    """What the sender of a voice is told."""
    return {
        "receipt": submitted.receipt,
        "reference": submitted.reference,
        "urgent": bool(submitted.urgent_words),
    }


def voice_of(said: Mapping[str, Any], language: str) -> Voice:
    """The voice in what ``FeedbackIn`` let through."""
    return Voice(
        client_id=str(said["client_id"]),
        channel=Channel.API,
        content=said["content"],
        service_rating=said["service_rating"],
        safety_rating=said["safety_rating"],
        kind=said["kind"],
        point_code=rules.code_clean(said["point_code"]),
        phone=said["phone"],
        no_call=said["no_call"],
        language=language,
    )


class ReceiptLookupAPI(PublicAPIView):
    """Ask what became of one voice."""

    @extend_schema(
        operation_id="receipt_lookup",
        tags=["receipts"],
        auth=[],
        request=ReceiptIn,
        responses=_responses(
            200,
            StoryOut,
            on_404=_problem(
                "No such receipt, whatever is wrong with it", {"status": 404, "title": "No message has this receipt."}
            ),
            on_429=_problem("Too many wrong receipts; Retry-After says how long", {"status": 429, "title": "Wait."}),
        ),
        examples=[OpenApiExample("A receipt", {"receipt": "4821 0933 7715 0264"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """The story under a receipt, which travels in the body and never in an address."""
        client = throttle.client_of(request.META)
        if wait := throttle.seconds_to_wait(client):
            raise Throttled(wait, _("Too many wrong receipts. Please wait."))
        form = ReceiptIn(data=request.data)
        form.is_valid(raise_exception=True)
        feedback = feedback_by_receipt(form.validated_data["receipt"])
        if feedback is None:
            throttle.wrong_receipt(client)
            raise NotFound(_("No message has this receipt. Check the sixteen digits and try again."))
        return Response(StoryOut(story_of(feedback)).data, headers={"Cache-Control": "no-store"})
