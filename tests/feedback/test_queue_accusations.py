"""What may accuse an officer is never accepted at a glance, nor taken for praise: it would reach the accused."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import Feedback, Kind, State
from feedback.queue.forms import assumed_about
from feedback.queue.rules import kind_offered, names_police
from feedback.queue.services import suggestions_accept
from tests.feedback.queue_cast import centre, logged_in, suggest, two_points, voice

pytestmark = pytest.mark.django_db

ACCUSING = [
    "皇城派出所民警李强态度很差",
    "民警打人",
    "户籍警老王暗示要送礼",
    "为什么我报警了民警不来",
    "警察帮着拆迁公司赶我们",
    "辅警收了钱才放行",
    "The officer shouted at my mother",
]


def _suggested(text: str, **fields: Any) -> Feedback:
    """As the classifier may have it at its worst: a guessed praise under an item about no unit."""
    return suggest(voice(text, two_points()[0], **fields), item="P3", kind=Kind.PRAISE)


@pytest.mark.parametrize("text", ACCUSING)
def test_words_about_the_police_are_not_accepted_with_others(text: str) -> None:
    feedback = _suggested(text)
    accepted, skipped = suggestions_accept(officer=centre(), suggestions={feedback.pk: feedback.suggestion_id or 0})
    feedback.refresh_from_db()
    assert (accepted, feedback.state) == ([], State.RECEIVED)
    assert [one.feedback_id for one in skipped] == [feedback.pk]


@pytest.mark.parametrize("text", ACCUSING)
def test_words_about_the_police_have_no_tick_and_no_answer_beforehand(text: str) -> None:
    feedback = _suggested(text)
    screen: Client = logged_in(centre())
    assert f'value="{feedback.pk}:{feedback.suggestion_id}"' not in screen.get(reverse("queue:list")).content.decode()
    assert assumed_about(feedback, "P3", Kind.SUGGESTION) == ""
    page = screen.get(reverse("queue:detail", args=[feedback.pk])).content.decode()
    assert 'name="kind" value="praise" required checked' not in page
    assert 'name="about" value="none" required checked' not in page


def test_the_police_word_is_found_behind_a_long_beginning() -> None:
    feedback = _suggested("路灯坏了，" * 60 + "民警打人")
    page = logged_in(centre()).get(reverse("queue:list")).content.decode()
    assert f'value="{feedback.pk}:{feedback.suggestion_id}"' not in page


def test_what_the_resident_calls_praise_may_be_accepted_unless_the_grade_is_bad() -> None:
    praise = suggest(voice("民警帮我找回了钱包", kind=Kind.PRAISE, service_rating=5), item="H1", kind=Kind.PRAISE)
    irony = suggest(voice("民警真会办事", kind=Kind.PRAISE, service_rating=1), item="H1", kind=Kind.PRAISE)
    chosen = {one.pk: one.suggestion_id or 0 for one in (praise, irony)}
    accepted, skipped = suggestions_accept(officer=centre(), suggestions=chosen)
    assert (accepted, [one.feedback_id for one in skipped]) == ([praise.pk], [irony.pk])


def test_words_about_no_officer_are_accepted_as_before() -> None:
    feedback = suggest(voice("小区门口晚上没有路灯"), item="P3", kind=Kind.SUGGESTION)
    accepted, _skipped = suggestions_accept(officer=centre(), suggestions={feedback.pk: feedback.suggestion_id or 0})
    assert accepted == [feedback.pk]


def test_praise_of_the_police_is_never_guessed() -> None:
    assert kind_offered("", Kind.PRAISE, is_of_police=True) == ""
    assert kind_offered("", Kind.PRAISE, is_of_police=False) == Kind.PRAISE
    assert kind_offered(Kind.PRAISE, Kind.COMPLAINT, is_of_police=True) == Kind.PRAISE
    assert not names_police("小区门口晚上没有路灯")
