"""Two at once, in real threads against the real database: one outcome, and the loser reads who won."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import translation

from followup.callbacks.models import CallBack, CallBackState
from followup.callbacks.services import Call, callback_log
from followup.sms.models import SmsMessage
from followup.surveys.answers import answer_give, replies_take
from followup.surveys.closing import followups_close_impossible
from followup.surveys.hearing import FollowUpRefused
from followup.surveys.models import FollowUp, FollowUpAnswer, FollowUpState, Way
from followup.surveys.services import followup_schedule
from followup.surveys.tasks import follow_up
from measures.models import Closing, Escalation, MatterState, RectificationEvent
from measures.services import (
    MatterRefused,
    rectification_escalate,
    rectification_hand_over,
    rectification_reopen,
)
from opinion_portal import clock
from tests.feedback.queue_cast import centre
from tests.followup.followups import (
    OTHER_PHONE,
    WEDNESDAY,
    asked,
    at,
    caller,
    fresh,
    later,
    matter_of,
    outbox,
    replied,
    resident,
)
from tests.support.programs import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("outbox")]
__all__ = ["outbox"]


@pytest.fixture(autouse=True)
def _wednesday(monkeypatch: pytest.MonkeyPatch) -> Any:
    at(monkeypatch, WEDNESDAY)
    with translation.override("en"):
        yield


def together(*acts: Callable[[], Any]) -> list[Any]:
    """What each act returned or raised, all of them begun at one moment, each on its own connection."""
    start = threading.Barrier(len(acts))
    outcomes: list[Any] = [None] * len(acts)

    def run(number: int, act: Callable[[], Any]) -> None:
        try:
            start.wait()
            outcomes[number] = act()
        except (FollowUpRefused, MatterRefused) as refused:
            outcomes[number] = refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number, act)) for number, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


@pytest.mark.parametrize("_again", range(3))
def test_an_answer_by_sms_and_by_link_at_once_are_both_kept_or_one_is_told(_again: int) -> None:
    (one,) = asked(resident()[0])
    replied(one, "1")
    _taken, given = together(
        replies_take,
        lambda: answer_give(follow_up_id=one.pk, way=Way.PAGE, answer="satisfied", is_solved=True),
    )
    replies_take()
    kept = FollowUpAnswer.objects.count()
    assert kept == (1 if isinstance(given, FollowUpRefused) else 2)
    matter = fresh(one.rectification)
    assert (matter.state, matter.closing, matter.reopen_count) == (MatterState.CLOSED, Closing.HEARD, 0)


@pytest.mark.parametrize("_again", range(3))
def test_one_who_is_content_and_one_who_is_not_at_once_reopen_the_matter(_again: int) -> None:
    first, second = asked(resident()[0], resident("烧烤摊", phone=OTHER_PHONE)[0])
    together(
        lambda: answer_give(follow_up_id=first.pk, way=Way.PAGE, answer="satisfied", is_solved=True),
        lambda: answer_give(follow_up_id=second.pk, way=Way.PAGE, answer="dissatisfied", is_solved=False),
    )
    matter = fresh(first.rectification)
    assert (matter.state, matter.reopen_count, matter.dissatisfied_count) == (MatterState.HANDLING, 1, 1)
    assert CallBack.objects.count() == 1


@pytest.mark.parametrize("_again", range(3))
def test_an_answer_while_the_centre_closes_is_never_lost(monkeypatch: pytest.MonkeyPatch, _again: int) -> None:
    (one,) = asked(resident()[0])
    later(monkeypatch, days=10)
    follow_up()
    replied(one, "3 还是吵", is_late=True)
    who = caller()
    together(
        replies_take,
        lambda: followups_close_impossible(
            officer=who, rectification_ids=[one.rectification_id], reason="短信未回复，窗口已过"
        ),
    )
    replies_take()
    told, matter = fresh(one), fresh(one.rectification)
    # Whoever was first: the resident has the last word.
    assert (told.state, matter.state, matter.reopen_count) == (FollowUpState.ANSWERED, MatterState.HANDLING, 1)
    assert CallBack.objects.get().state == CallBackState.OPEN


@pytest.mark.parametrize("_again", range(3))
def test_of_two_officers_who_close_one_wins_and_the_other_reads_who(
    monkeypatch: pytest.MonkeyPatch, _again: int
) -> None:
    (one,) = asked(resident()[0])
    later(monkeypatch, days=10)
    follow_up()
    officers = [caller(), caller()]

    def close(number: int) -> Any:
        return followups_close_impossible(
            officer=officers[number], rectification_ids=[one.rectification_id], reason="短信未回复，窗口已过"
        )

    outcomes = together(lambda: close(0), lambda: close(1))
    winner = next(number for number, (closed, _skipped) in enumerate(outcomes) if closed)
    assert officers[winner].name in outcomes[1 - winner][1][0].why
    assert fresh(one).recorded_by == officers[winner]


@pytest.mark.parametrize("_again", range(3))
def test_two_sweeps_at_once_ask_once_and_take_each_reply_once(_again: int) -> None:
    matter = matter_of(resident()[0], resident("烧烤摊", phone=OTHER_PHONE)[0])
    assert sorted(together(*[lambda: followup_schedule(rectification_id=matter.pk)] * 3)) == [0, 0, 2]
    assert SmsMessage.objects.filter(is_question=True).count() == 2
    one = FollowUp.objects.order_by("id")[0]
    replied(one, "3")
    assert sorted(together(*[replies_take] * 3)) == [0, 0, 1]
    assert CallBack.objects.count() == 1


def test_two_matters_with_the_same_residents_are_asked_without_waiting_for_each_other() -> None:
    a, b = resident()[0], resident("烧烤摊", phone=OTHER_PHONE)[0]
    c, d = resident("又吵", phone=OTHER_PHONE)[0], resident("还吵")[0]
    first, second = matter_of(a, b), matter_of(c, d)
    outcomes = together(
        lambda: followup_schedule(rectification_id=first.pk), lambda: followup_schedule(rectification_id=second.pk)
    )
    assert outcomes == [2, 2]
    # Each number got one survey, whichever matter was first.
    assert SmsMessage.objects.filter(is_question=True).count() == 2


def test_the_matter_is_handed_over_while_the_resident_answers() -> None:
    (one,) = asked(resident()[0])
    who = centre()
    _handed, given = together(
        lambda: rectification_hand_over(
            rectification_id=one.rectification_id, officer=who, to="petition", note="已入信访"
        ),
        lambda: answer_give(follow_up_id=one.pk, way=Way.PAGE, answer="satisfied", is_solved=True),
    )
    state = fresh(one.rectification).state
    assert state == (MatterState.HANDED_PETITION if isinstance(given, FollowUpRefused) else MatterState.CLOSED)


def test_of_two_callers_who_log_at_once_one_is_told_of_the_other() -> None:
    (one,) = asked(resident()[0])
    replied(one, "3")
    follow_up()
    owed = CallBack.objects.get()
    officers = [caller(), caller()]

    def log(number: int) -> Any:
        call = Call(state=CallBackState.IMPOSSIBLE, called_at=clock.now(), note="空号")
        return callback_log(call_back_id=owed.pk, officer=officers[number], call=call, attempts_seen=0)

    outcomes = together(lambda: log(0), lambda: log(1))
    loser = next(number for number, outcome in enumerate(outcomes) if isinstance(outcome, FollowUpRefused))
    assert officers[1 - loser].name in str(outcomes[loser])
    assert fresh(owed).caller == officers[1 - loser]


def _is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_a_matter_that_is_pressed_while_it_is_reopened_tells_in_which_state_it_was_pressed() -> None:
    matter = matter_of(resident()[0])

    def press() -> None:
        rectification_escalate(
            rectification_ids=[matter.pk], to=Escalation.CIRCULATED, actor=centre(), note="沈公民约〔2026〕1号"
        )
        connections.close_all()

    pressing = threading.Thread(target=press)
    with transaction.atomic():
        rectification_reopen(rectification_id=matter.pk, actor="resident", note="不满意", is_dissatisfied=True)
        pressing.start()
        until(_is_somebody_waiting)
    pressing.join(30)
    told = RectificationEvent.objects.filter(rectification=matter).order_by("id").values_list("move", "from_state")
    assert list(told)[-2:] == [("reopen", "following_up"), ("escalate_circulated", "handling")]
