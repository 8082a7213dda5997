"""What a matter deals with stays confirmed, whoever judges it again: one voice, one fate."""

import threading
from collections.abc import Callable

import pytest
from django.db import connections
from django.utils import translation

from feedback.models import Feedback, Kind, State
from feedback.queue.services import Decision, DecisionRefused, feedback_classify
from feedback.services import feedback_withdraw
from measures.models import RectificationVoice
from measures.services import MatterRefused
from tests.feedback.queue_cast import centre
from tests.measures.matters import confirmed, dispatched

INVALID = Decision(State.INVALID, reason="无实质内容")


def _judge(voice: Feedback, decision: Decision) -> None:
    standing = Feedback.objects.get(pk=voice.pk)
    feedback_classify(feedback_id=voice.pk, officer=centre(), decision=decision, expected_id=standing.decision_id)


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.INVALID, State.DUPLICATE, State.OUT_OF_SCOPE])
def test_a_voice_in_a_matter_is_judged_to_be_nothing_else(state: State) -> None:
    voice, other = confirmed(), confirmed()
    dispatched(voice)
    duplicate_of = other.pk if state == State.DUPLICATE else None
    with translation.override("en"), pytest.raises(DecisionRefused, match="stays confirmed"):
        _judge(voice, Decision(state, duplicate_of_id=duplicate_of))
    assert Feedback.objects.get(pk=voice.pk).state == State.CONFIRMED


@pytest.mark.django_db
def test_its_item_and_whom_it_is_about_may_still_be_put_right() -> None:
    voice = confirmed()
    dispatched(voice)
    _judge(voice, Decision(State.CONFIRMED, "P2", Kind.SUGGESTION))
    assert Feedback.objects.get(pk=voice.pk).item_id == "P2"


@pytest.mark.django_db
def test_it_may_still_be_withdrawn() -> None:
    voice = confirmed()
    dispatched(voice)
    assert feedback_withdraw(feedback=voice)


@pytest.mark.django_db
def test_a_voice_in_no_matter_is_judged_anew() -> None:
    voice = confirmed()
    _judge(voice, INVALID)
    assert Feedback.objects.get(pk=voice.pk).state == State.INVALID


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("_time", range(3))
def test_of_a_dispatcher_and_a_judge_at_once_one_wins(_time: int) -> None:
    voice, colleague = confirmed(), centre()
    outcomes = _at_once(lambda: dispatched(voice, by=colleague), lambda: _judge(voice, INVALID))
    assert sorted(map(bool, outcomes)) == [False, True]
    is_in_matter = RectificationVoice.objects.filter(feedback=voice).exists()
    assert Feedback.objects.get(pk=voice.pk).state == (State.CONFIRMED if is_in_matter else State.INVALID)


def _at_once(*acts: Callable[[], object]) -> list[str]:
    """Run ``acts`` at the same moment; what each met with, "" for success."""
    barrier, outcomes = threading.Barrier(len(acts)), [""] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            barrier.wait(10)
            act()
        except (MatterRefused, DecisionRefused) as refused:
            outcomes[place] = str(refused)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes
