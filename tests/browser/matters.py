"""Matters for the pages to show: one to be signed for, one that asks, one answered, one returned, one that waits."""

import uuid
from io import BytesIO

from accounts.models import Officer, Role, Unit
from feedback.classifying import suggestions_make
from feedback.models import Channel, Feedback, Kind, State
from feedback.queue.services import Decision, feedback_classify
from feedback.resident.photos import photo_read
from feedback.services import Voice, feedback_submit
from measures import services
from measures.documents import PDF, Piece
from measures.models import Measure, Rectification
from measures.plans.services import plan_document_replace, progress_add
from measures.requests import request_ask, request_decide
from opinion_portal import clock
from stations.models import SensingPoint
from tests.browser.things import phone_photo

STATION = "station-huangcheng"
ANSWER = "当晚到现场，劝离占道车辆六台，增设隔离桩两处，连续三晚回看未再发现。"


def matters_play() -> dict[str, object]:
    """Dispatch, sign, ask and answer; what the pages' addresses name."""
    centre = Officer.objects.get(role=Role.CENTRE)
    head = Officer.objects.get(role=Role.UNIT_HEAD)
    fresh = _dispatched(centre, "楼下烧烤摊半夜还在吵。")
    asking, answered, returned = (_handled(_dispatched(centre, words), head) for words in ("a", "b", "c"))
    request_ask(rectification_id=asking.pk, officer=head, kind="extension", reason="须与街道一并处置。", days=3)
    _answer(answered, head)
    asked = request_ask(rectification_id=returned.pk, officer=head, kind="return", reason="属交警大队职责。")
    request_decide(request_id=asked.pk, officer=centre, grants=True, note="同意。")
    return {
        "matter": fresh.pk,
        "matter_asking": asking.pk,
        "matter_answered": answered.pk,
        "matter_returned": returned.pk,
        "waiting_voice": _confirmed(centre, "联系电话13900001111，夜里太吵。", about=True).pk,
        "measure": _measure(centre).pk,
    }


def _confirmed(centre: Officer, words: str, *, about: bool = False) -> Feedback:
    point = SensingPoint.objects.filter(station__code=STATION)[0]
    sent = feedback_submit(
        voice=Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, point_id=point.pk, content=f"{words}请管一管。")
    )
    while suggestions_make(limit=100):
        pass
    decision = Decision(State.CONFIRMED, "P1", Kind.COMPLAINT, point.station_id if about else None)
    feedback_classify(feedback_id=sent.feedback_id, officer=centre, decision=decision, expected_id=None)
    return Feedback.objects.get(pk=sent.feedback_id)


def _dispatched(centre: Officer, words: str) -> Rectification:
    order = services.Order(
        lead_unit=Unit.objects.get(code=STATION),
        item="P1",
        title="烧烤摊夜间扰民",
        brief="烧烤摊夜间营业到两点，音响声大，影响老人孩子休息，希望管一管。",
        measure_id=Measure.objects.get(number=6).pk,
    )
    one = _confirmed(centre, words)
    return services.rectification_dispatch(officer=centre, feedback_ids=[one.pk], order=order)


def _handled(matter: Rectification, head: Officer) -> Rectification:
    services.rectification_acknowledge(rectification_id=matter.pk, officer=head)
    return matter


def _answer(matter: Rectification, head: Officer) -> None:
    data = phone_photo()["buffer"]
    photo = photo_read(BytesIO(data), size=len(data))
    for name, media_type, content in (("现场.jpg", "image/jpeg", photo.data), ("整改通知书.pdf", PDF, b"%PDF-1.7")):
        services.evidence_add(rectification_id=matter.pk, officer=head, name=name, media_type=media_type, data=content)
    services.rectification_submit(rectification_id=matter.pk, officer=head, result=ANSWER)


def _measure(centre: Officer) -> Measure:
    measure = Measure.objects.select_related("plan").get(number=6)
    plan_document_replace(officer=centre, plan_id=measure.plan_id, document=Piece("九项举措.pdf", PDF, b"%PDF-1.7"))
    today = clock.bureau_day(clock.now())
    progress_add(officer=centre, measure_id=measure.pk, happened_on=today, text="与街道召开联席会。")
    return measure
