"""The cast of the openings' tests: voices with a sealed number, requests in every state, a clock to turn."""

from datetime import timedelta

import pytest

from accounts.models import Officer, Role
from feedback.models import ContactOpening, Feedback, OpeningReason
from feedback.openings.services import contact_show, opening_approve, opening_ask, opening_refuse
from feedback.services import contact_erase, feedback_withdraw
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
    return suggest(voice(content, phone=PHONE, **fields))  # type: ignore[arg-type]  # tests name real fields


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


def refused(feedback: Feedback | None = None, who: Officer | None = None) -> ContactOpening:
    opening = asked(feedback, who)
    opening_refuse(opening=opening, officer=custodian(), note="理由不足")
    return fresh(opening)


# Voices of which no number is left, and what is said of each.
def _none() -> Feedback:
    return voice()


def _erased() -> Feedback:
    feedback = sealed()
    contact_erase(feedback=feedback)
    return feedback


def _withdrawn() -> Feedback:
    feedback = sealed()
    feedback_withdraw(feedback=feedback)
    return feedback


GONE = [(_none, "没有留下电话号码"), (_erased, "已删除"), (_withdrawn, "已撤回")]
