"""The cast of the matters' tests: confirmed voices, orders, officers of the units that handle them."""

from typing import Any

from accounts.models import Officer, Role, Unit
from feedback.models import Feedback, Kind
from measures.models import Closing, Evidence, Rectification
from measures.services import (
    Order,
    evidence_add,
    rectification_acknowledge,
    rectification_close,
    rectification_dispatch,
    rectification_review,
    rectification_submit,
)
from stations.models import SensingPoint
from tests.feedback.queue_cast import centre, confirm, officer, suggest, voice

BRIEF = "晚上十点后烧烤店外摆喝酒喧哗，影响休息，希望有人管。"


def unit(code: str = "public-order") -> Unit:
    return Unit.objects.get(code=code)


def head(of: Unit | None = None) -> Officer:
    return officer(Role.UNIT_HEAD, of or unit())


def confirmed(content: str = "楼下烧烤店半夜还在吵", **changes: Any) -> Feedback:
    """A confirmed voice about no unit."""
    return confirm(voice(content), kind=Kind.COMPLAINT, item=changes.pop("item", "P1"), **changes)


def order(**changes: Any) -> Order:
    values: dict[str, Any] = {"lead_unit": unit(), "item": "P1", "title": "烧烤店夜间扰民", "brief": BRIEF}
    return Order(**(values | changes))


def dispatched(*voices: Feedback, by: Officer | None = None, **changes: Any) -> Rectification:
    """A matter as it is on the day of its dispatch."""
    chosen = voices or (confirmed(),)
    return rectification_dispatch(
        officer=by or centre(), feedback_ids=[one.pk for one in chosen], order=order(**changes)
    )


def handled(matter: Rectification, who: Officer | None = None) -> Rectification:
    """Signed for by the head of its lead unit."""
    rectification_acknowledge(rectification_id=matter.pk, officer=who or head(matter.lead_unit))
    matter.refresh_from_db()
    return matter


def shown(matter: Rectification, who: Officer | None = None, name: str = "现场.pdf") -> Evidence:
    """A piece of evidence added by the head of its lead unit."""
    who = who or head(matter.lead_unit)
    return evidence_add(
        rectification_id=matter.pk, officer=who, name=name, media_type="application/pdf", data=b"%PDF-1"
    )


def submitted(matter: Rectification, who: Officer | None = None) -> Rectification:
    """Signed for and answered, with a piece of evidence."""
    who = who or head(matter.lead_unit)
    handled(matter, who)
    shown(matter, who)
    rectification_submit(rectification_id=matter.pk, officer=who, result="已约谈店主，外摆撤除，连续三晚巡查无喧哗。")
    matter.refresh_from_db()
    return matter


def passed(matter: Rectification) -> Rectification:
    """Answered, and passed in review: the follow-up begins."""
    submitted(matter)
    rectification_review(rectification_id=matter.pk, officer=centre(), passes=True, public_reply="已责令店主撤除外摆。")
    matter.refresh_from_db()
    return matter


def closed(matter: Rectification) -> Rectification:
    """The whole way, the resident satisfied."""
    passed(matter)
    rectification_close(rectification_id=matter.pk, actor="system", closing=Closing.HEARD, note="满意")
    matter.refresh_from_db()
    return matter


def evidence_of(matter: Rectification) -> list[Evidence]:
    return list(matter.evidence.all())


def heard(
    content: str = "楼下烧烤店半夜还在吵",
    item: str = "P1",
    point: SensingPoint | None = None,
    about: Unit | None = None,
    kind: str = Kind.COMPLAINT,
) -> Feedback:
    """A confirmed voice with its redacted text, as the worker and the centre leave it."""
    return confirm(suggest(voice(content, point), item), about, kind, item)
