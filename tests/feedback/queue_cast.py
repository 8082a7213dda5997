"""The cast of the queue's and the visits' tests: officers of every post, points of two stations, voices."""

import uuid
from dataclasses import replace

from django.test import Client

from accounts.models import Officer, Role, Unit
from feedback.models import Channel, Classification, Feedback, Kind, State
from feedback.queue.services import Decision, feedback_classify
from feedback.redaction import redact
from feedback.segmentation import search_tokens
from feedback.services import Voice, feedback_submit
from stations.models import SensingPoint


def officer(role: Role, unit: Unit | None = None, username: str = "") -> Officer:
    """An officer of ``role``; without a unit, one of the bureau."""
    home = unit or Unit.objects.get(kind=Unit.Kind.BUREAU)
    name = username or f"{role}-{uuid.uuid4().hex[:12]}"
    return Officer.objects.create(
        username=name, name=f"Officer {name}", role=role, unit=home, must_change_password=False
    )


def centre() -> Officer:
    return officer(Role.CENTRE)


def logged_in(who: Officer) -> Client:
    client = Client()
    client.force_login(who, backend="accounts.backends.OfficerBackend")
    client.cookies["office_language"] = "en"
    return client


def two_points() -> tuple[SensingPoint, SensingPoint]:
    """Points of two different stations."""
    first = SensingPoint.objects.order_by("code")[0]
    return first, SensingPoint.objects.exclude(station=first.station).order_by("code")[0]


def voice(content: str = "楼下消防通道天天被车堵着", point: SensingPoint | None = None, **changes: object) -> Feedback:
    """A voice as a resident leaves it, stored through the one way in."""
    sent = Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, content=content, point_id=point.pk if point else None)
    submitted = feedback_submit(voice=replace(sent, **changes))  # type: ignore[arg-type]  # tests name real fields
    return Feedback.objects.get(pk=submitted.feedback_id)


def suggest(
    feedback: Feedback, item: str = "T1", kind: str = Kind.SUGGESTION, words: list[str] | None = None
) -> Feedback:
    """What the worker would store: a suggestion, the redacted text, its search tokens."""
    from django.contrib.postgres.fields import ArrayField
    from django.contrib.postgres.search import SearchVectorField
    from django.db.models import Func, TextField, Value

    made = Classification.objects.create(
        feedback=feedback,
        state=State.OUT_OF_SCOPE if item == "OUT" else State.CONFIRMED,
        item_id=item,
        kind=feedback.kind or kind,
        confidence=0.82,
        alternatives=[{"item": "P3", "confidence": 0.1}],
        words=[{"word": word, "start": feedback.content.find(word), "weight": 0.5} for word in words or []],
    )
    redacted = redact(feedback.content).text
    tokens = Value(search_tokens(redacted), output_field=ArrayField(TextField()))
    vector = Func(tokens, function="array_to_tsvector", output_field=SearchVectorField())
    Feedback.objects.filter(pk=feedback.pk).update(suggestion=made, redacted=redacted, search=vector)
    feedback.refresh_from_db()
    return feedback


def confirm(feedback: Feedback, about: Unit | None = None, kind: str = Kind.COMPLAINT, item: str = "S3") -> Feedback:
    """The centre confirms ``feedback``, as being about ``about`` when given."""
    decision = Decision(State.CONFIRMED, item, kind, about.pk if about else None)
    feedback_classify(feedback_id=feedback.pk, officer=centre(), decision=decision, expected_id=feedback.decision_id)
    feedback.refresh_from_db()
    return feedback
