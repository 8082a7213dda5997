"""Evidence answers for what was done since the unit was last asked: what showed an earlier answer shows nothing new."""

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from measures import services
from measures.matters.story import story_of
from measures.models import Rectification, RectificationEvent
from measures.requests import request_ask, request_decide
from measures.services import MatterRefused
from tests.feedback.queue_cast import centre, logged_in
from tests.measures.matters import closed, dispatched, handled, head, shown, submitted, unit
from tests.measures.screens import page_of, pdf

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def _reworked() -> Rectification:
    matter = submitted(dispatched())
    services.rectification_review(rectification_id=matter.pk, officer=centre(), passes=False, note="没有夜间照片")
    return matter


def _reopened() -> Rectification:
    matter = closed(dispatched())
    services.rectification_reopen(rectification_id=matter.pk, actor="resident", note="还在吵")
    return matter


BACK = pytest.mark.parametrize("back", [_reworked, _reopened])


def _submit(matter: Rectification) -> None:
    services.rectification_submit(rectification_id=matter.pk, officer=head(), result="再次处理")


@BACK
def test_what_showed_the_first_answer_does_not_carry_the_second(back: Callable[[], Rectification]) -> None:
    matter = back()
    with pytest.raises(MatterRefused, match="Earlier evidence is not enough") as refused:
        _submit(matter)
    assert refused.value.field == "evidence"
    shown(matter, name="第二次.pdf")
    _submit(matter)
    submits = RectificationEvent.objects.filter(rectification=matter, move="submit").order_by("id")
    assert [event.data["evidence"] for event in submits] == [1, 1], "each answer counts what it rests on"


@BACK
def test_the_page_says_so_beforehand_and_tells_old_from_new(back: Callable[[], Rectification]) -> None:
    matter, client = back(), logged_in(head())
    page = page_of(client, matter)
    assert "the next answer needs at least one photo or document of what was done since" in page
    assert "From before the unit was asked anew" in page
    answer = client.post(reverse("matters:move", args=[matter.pk, "submit"]), {"result": "再次处理"})
    assert answer.status_code == 422
    assert "Earlier evidence is not enough" in answer.content.decode()
    assert "再次处理" in answer.content.decode()
    sent = {"result": "再次处理", "evidence": [pdf("第二次.pdf")]}
    assert client.post(reverse("matters:move", args=[matter.pk, "submit"]), sent).status_code == 302
    assert "the next answer needs" not in page_of(client, matter)


def test_the_evidence_of_the_unit_before_does_not_answer_for_the_next_one() -> None:
    matter = handled(dispatched())
    shown(matter)
    asked = request_ask(rectification_id=matter.pk, officer=head(), kind="return", reason="属交警")
    request_decide(request_id=asked.pk, officer=centre(), grants=True, note="同意")
    order = services.Order(unit("traffic"), matter.item_id, matter.title, matter.brief)
    services.rectification_redispatch(rectification_id=matter.pk, officer=centre(), order=order)
    there = head(unit("traffic"))
    services.rectification_acknowledge(rectification_id=matter.pk, officer=there)
    with pytest.raises(MatterRefused, match="asked anew"):
        services.rectification_submit(rectification_id=matter.pk, officer=there, result="已处理")


def test_the_story_names_the_evidence_in_the_readers_language() -> None:
    matter = handled(dispatched())
    with translation.override("zh-hans"):
        shown(matter, name="夜查.pdf")
    event = RectificationEvent.objects.filter(rectification=matter).latest("id")
    assert (event.note, event.data) == ("", {"name": "夜查.pdf"})
    for language, what in (("en", "added evidence"), ("zh-hans", "上传了佐证")):
        with translation.override(language):
            line = story_of(matter, in_full=False)[-1]
        assert (line.what, line.facts, line.note) == (what, "夜查.pdf", "")
