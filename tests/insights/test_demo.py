"""The demonstration: every state of matters and notices, played by the services, by the right people, at any hour."""

from collections import Counter
from datetime import datetime

import pytest
from django.test import override_settings

from accounts.models import Officer, Role
from feedback.models import Subcategory
from followup.models import CallBack, FollowUp, InterviewNotice, SmsMessage
from followup.notices.models import NoticeState
from insights.demo import notices, story
from insights.demo.loop_story import COURSES, SENT, handling_read
from insights.demo.matters import _MatterPlay
from insights.demo.services import demo_play
from insights.models import LoopTally
from insights.services import tallies_recheck
from measures.models import MatterState, Rectification
from opinion_portal import clock
from tests.followup.notices import papers_quick
from tests.insights.loop_play import Clock
from tests.insights.loop_truth import counted, truth
from tests.measures.matters import head, unit

pytestmark = pytest.mark.django_db


def play() -> Counter[str]:
    return demo_play(now=clock.now(), progress=lambda _what, _number: None)


@pytest.fixture
def few_ratings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts are what matters come from; four thousand bare ratings only take time."""
    monkeypatch.setattr(story, "RATINGS", 300)


def test_every_step_of_a_course_can_be_played_and_comes_after_the_one_before() -> None:
    for name, course in COURSES.items():
        assert all(hasattr(_MatterPlay, step) for _day, step in course.steps), name
        days = [day for day, _step in course.steps]
        assert days == sorted(days), name
    assert {name for name, _days in SENT} == set(COURSES)
    assert [days for _name, days in SENT] == sorted((days for _name, days in SENT), reverse=True)


def test_every_item_has_its_answer_in_the_book() -> None:
    assert set(handling_read()) == set(Subcategory.objects.exclude(code="OUT").values_list("code", flat=True))


# A Monday before work, and a Sunday evening after the longest holiday. Setting the papers takes half of the time: once.
@pytest.mark.parametrize(("now", "sets_papers"), [("2026-03-16T07:30", True), ("2026-10-11T21:40", False)])
def test_the_demonstration_fills_every_state(
    monkeypatch: pytest.MonkeyPatch, few_ratings: None, now: str, sets_papers: bool
) -> None:
    if not sets_papers:
        papers_quick(monkeypatch)
    Clock(monkeypatch, datetime.fromisoformat(now).replace(tzinfo=clock.BUREAU_ZONE))
    own = head(unit("station-huangcheng"))
    states = play()
    assert {f"matter {state}" for state in MatterState.values} <= set(states), states
    assert {f"notice {state}" for state in NoticeState.values} <= set(states), states
    assert counted() == truth()
    assert tallies_recheck(now=clock.now(), repair=False) == []
    _by_the_right_people()
    _with_work_for(own)
    _with_answers_of_all_kinds()
    before = Counter(LoopTally.objects.values_list("dimension", flat=True))
    assert play() == states
    assert Counter(LoopTally.objects.values_list("dimension", flat=True)) == before


def _by_the_right_people() -> None:
    for notice in InterviewNotice.objects.exclude(signed_by=None):
        assert len({notice.drafted_by_id, notice.reviewed_by_id, notice.signed_by_id}) == 3
    numbers = InterviewNotice.objects.exclude(number=None).order_by("year", "number")
    assert all(notice.number_text for notice in numbers)
    assert not Officer.objects.filter(username__startswith="demo-", must_change_password=False).exists()
    for matter in Rectification.objects.exclude(reviewed_by=None).select_related("reviewed_by"):
        assert matter.reviewed_by is not None
        assert matter.reviewed_by.role == Role.DISCIPLINE


def _with_work_for(own: Officer) -> None:
    """Whoever logs in as the head of a unit finds matters in several states, and notices."""
    assert Rectification.objects.filter(lead_unit=own.unit).values("state").distinct().count() >= 3
    assert InterviewNotice.objects.filter(unit=own.unit).exists()


def _with_answers_of_all_kinds() -> None:
    assert {"satisfied", "basically", "dissatisfied"} <= set(FollowUp.objects.values_list("answer", flat=True))
    assert {"sms", "receipt"} <= set(FollowUp.objects.values_list("answered_by", flat=True))
    assert {"reached", "open"} & set(CallBack.objects.values_list("state", flat=True))
    # Nothing is left for a worker to send: what could leave has been carried, the rest waits for its hour.
    assert not SmsMessage.objects.filter(state="queued", due_at__lte=clock.now()).exists()


@override_settings(SMS_PROVIDER="aliyun")
def test_it_is_not_played_where_sms_go_to_real_phones() -> None:
    with pytest.raises(ValueError, match="real phones"):
        play()
    assert not Rectification.objects.exists()


def test_every_notice_of_the_story_has_its_steps() -> None:
    assert {name for name, _ago in notices._TOLD} == set(notices._STEPS)
