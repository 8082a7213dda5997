"""What must hold of questions, answers and call-backs."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import F, Q

from feedback.models import State
from followup.callbacks.models import CallBack, CallBackState
from followup.sms.hours import may_call
from followup.sms.models import SmsReply
from followup.surveys.models import OPEN, FollowUp, FollowUpAnswer, FollowUpState, Satisfaction, Way, is_positive
from followup.surveys.selectors import ABOUT
from measures.models import Closing, MatterState, Rectification, RectificationEvent, RectificationVoice
from tests.soak.invariants import Evidence, Invariant
from tests.soak.of_matters import begins_round

_ENDED_BY_A_PERSON = {"hand_110", "hand_petition", "recall"}
_A_SECOND = timedelta(seconds=1)


def everybody_is_asked_once_a_round(_: Evidence) -> list[str]:
    """Each voice of a matter that was passed has one follow-up in every round that was passed, and none beside."""
    rounds = _rounds_passed()
    have = set(FollowUp.objects.values_list("rectification", "feedback", "round"))
    voices: dict[int, set[int]] = defaultdict(set)
    for matter, feedback in RectificationVoice.objects.values_list("rectification", "feedback"):
        voices[matter].add(feedback)
    wrong = [
        f"voice {feedback} was not asked in round {round_} of matter {matter}"
        for matter, passed in rounds.items()
        for round_ in passed
        for feedback in voices[matter]
        if (matter, feedback, round_) not in have
    ]
    early = [key for key in have if key[2] not in rounds.get(key[0], set())]
    return wrong + [f"voice {feedback} was asked in round {round_} of {matter}" for matter, feedback, round_ in early]


def _rounds_passed() -> dict[int, set[int]]:
    """The rounds of each matter in which a question was due: passed, and not ended by a person before any tick."""
    rounds: dict[int, set[int]] = defaultdict(set)
    reopened: dict[int, int] = defaultdict(int)
    events = RectificationEvent.objects.order_by("id").values_list("rectification", "move", "from_state")
    for matter, move, from_state in events:
        if move == "pass":
            rounds[matter].add(reopened[matter])
        elif move in _ENDED_BY_A_PERSON and not _was_asked(matter, reopened[matter]):
            rounds[matter].discard(reopened[matter])
        reopened[matter] += begins_round(move, from_state)
    return rounds


def _was_asked(matter: int, round_: int) -> bool:
    return FollowUp.objects.filter(rectification=matter, round=round_).exists()


def every_answering_reply_counts_once(_: Evidence) -> list[str]:
    """A reply that answers a follow-up's question is among its answers."""
    taken = FollowUpAnswer.objects.exclude(reply=None).values("reply")
    lost = SmsReply.objects.filter(message__about_type=ABOUT, answer__in=Satisfaction.values).exclude(pk__in=taken)
    return [f"{reply} is no answer to its follow-up" for reply in lost]


def the_last_answer_holds(_: Evidence) -> list[str]:
    """Of all answers the one that was said last is the follow-up's; without an answer it has none."""
    wrong = []
    answers = _answers()
    for follow_up in FollowUp.objects.exclude(feedback__state=State.WITHDRAWN):
        said = answers.get(follow_up.pk, [])
        last = max((answer.said_at for answer in said), default=None)
        if last is None and follow_up.answer:
            wrong.append(f"{follow_up}: answered {follow_up.answer} by nobody")
        elif last and follow_up.answer not in {answer.answer for answer in said if answer.said_at == last}:
            wrong.append(f"{follow_up}: {follow_up.answer or 'no answer'} holds, the last one was another")
    return wrong


def nobody_dissatisfied_is_forgotten(_: Evidence) -> list[str]:
    """Whoever was dissatisfied, but on the phone, is owed a call; who wants none gets none."""
    wrong = []
    answers, call_backs = _answers(), defaultdict(list)
    for call_back in CallBack.objects.all():
        call_backs[call_back.follow_up_id].append(call_back)
    for follow_up in FollowUp.objects.exclude(feedback__state=State.WITHDRAWN).select_related("feedback"):
        owed = call_backs[follow_up.pk]
        if _held_negative(answers.get(follow_up.pk, [])) and not owed:
            wrong.append(f"{follow_up}: dissatisfied, and nobody is to call")
        if follow_up.feedback.no_call and any(one.state != CallBackState.REFUSED or one.caller_id for one in owed):
            wrong.append(f"{follow_up}: wants no call")
    return wrong


def _held_negative(answers: Iterable[FollowUpAnswer]) -> bool:
    """Whether an answer that was no good one, and not heard on the phone, ever held."""
    last = None
    for answer in sorted(answers, key=lambda one: one.pk):
        if last is None or answer.said_at >= last:
            last = answer.said_at
            if answer.way != Way.CALL and not is_positive(answer.answer, is_solved=answer.is_solved):
                return True
    return False


def every_call_is_by_day(_: Evidence) -> list[str]:
    """No call-back is due in the night, none was made then."""
    return [
        f"{call_back}: due {call_back.due_at}, called {call_back.called_at}"
        for call_back in CallBack.objects.all()
        if (call_back.called_at and not may_call(call_back.called_at))
        or not (may_call(call_back.due_at) or may_call(call_back.due_at.replace(microsecond=0) - _A_SECOND))
    ]


def no_question_outlives_its_matter(_: Evidence) -> list[str]:
    """At rest nobody is waited for where the matter is elsewhere, and no window is long over."""
    elsewhere = ~Q(rectification__state=MatterState.FOLLOWING_UP) | ~Q(round=F("rectification__reopen_count"))
    open_ = FollowUp.objects.filter(elsewhere, state__in=[FollowUpState.WAITING, FollowUpState.ASKED])
    return [f"{follow_up} is open, the matter has moved on" for follow_up in open_]


def every_answer_has_moved_its_matter(_: Evidence) -> list[str]:
    """Where all were heard and content the matter is closed; under one closed by follow-up nobody is dissatisfied."""
    rounds: dict[int, list[FollowUp]] = defaultdict(list)
    present = FollowUp.objects.filter(round=F("rectification__reopen_count"))
    for follow_up in present.select_related("rectification"):
        rounds[follow_up.rectification_id].append(follow_up)
    return [problem for asked in rounds.values() if (problem := _unmoved(asked[0].rectification, asked))]


def _unmoved(matter: Rectification, asked: list[FollowUp]) -> str:
    states = [follow_up.state for follow_up in asked]
    if matter.state == MatterState.FOLLOWING_UP and FollowUpState.ANSWERED in states and not set(states) & set(OPEN):
        return f"{matter}: everybody was heard, and it is not closed"
    was_heard = matter.state == MatterState.CLOSED and matter.closing in {Closing.HEARD, Closing.IMPOSSIBLE}
    if was_heard and any(one.state == FollowUpState.ANSWERED and not one.is_positive for one in asked):
        return f"{matter}: somebody is dissatisfied, and it is closed"
    return ""


def _answers() -> dict[int, list[FollowUpAnswer]]:
    found: dict[int, list[FollowUpAnswer]] = defaultdict(list)
    for answer in FollowUpAnswer.objects.all():
        found[answer.follow_up_id].append(answer)
    return found


INVARIANTS: list[Invariant] = [
    everybody_is_asked_once_a_round,
    every_answering_reply_counts_once,
    the_last_answer_holds,
    nobody_dissatisfied_is_forgotten,
    every_call_is_by_day,
    no_question_outlives_its_matter,
    every_answer_has_moved_its_matter,
]
