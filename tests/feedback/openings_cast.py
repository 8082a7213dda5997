"""The cast of the openings' tests: voices with a sealed number, requests in every state, a clock to turn."""

from datetime import timedelta

import pytest

from accounts.models import Officer, Role
from feedback.models import ContactOpening, Feedback, OpeningReason
from feedback.openings.services import contact_show, opening_approve, opening_ask
from opinion_portal import clock
from tests.feedback.queue_cast import officer, suggest, voice

PHONE = "13987650123"
WHY = "消防通道位置说得不清楚，需要核实"
WORDS = "楼下消防通道天天被车堵着，我叫王小明"


def custodian() -> Officer:
    return officer(Role.CUSTODIAN)


def discipline() -> Officer:
    return officer(Role.DISCIPLINE)


def sealed(content: str = WORDS, **fields: object) -> Feedback:
    """A voice with a phone number, looked at by the classifier."""
    return suggest(voice(content, phone=PHONE, **fields))


def asked(
    feedback: Feedback | None = None,
    who: Officer | None = None,
    reason: OpeningReason = OpeningReason.CLARIFY,
    why: str = WHY,
) -> ContactOpening:
    return opening_ask(
        feedback_id=(feedback or sealed()).pk, officer=who or discipline(), reason=reason, reason_text=why
    )


def approved(feedback: Feedback | None = None, who: Officer | None = None) -> ContactOpening:
    return fresh(_approve(asked(feedback, who)))


def opened(feedback: Feedback | None = None, who: Officer | None = None) -> ContactOpening:
    opening = approved(feedback, who)
    contact_show(opening=opening, officer=opening.asked_by)
    return fresh(opening)


def _approve(opening: ContactOpening) -> ContactOpening:
    opening_approve(opening=opening, officer=custodian())
    return opening


def fresh(opening: ContactOpening) -> ContactOpening:
    """The request as it is stored now."""
    return ContactOpening.objects.select_related("feedback", "asked_by", "decided_by").get(pk=opening.pk)


def hours_later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    """Turn the portal's clock forward, from now on."""
    moment = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: moment)
