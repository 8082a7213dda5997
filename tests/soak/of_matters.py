"""What must hold of voices and matters."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from accounts.models import Role
from feedback.models import Feedback, State
from followup.surveys.models import FollowUpAnswer, is_positive
from measures.models import Closing, Escalation, MatterRequest, MatterState, Rectification, RectificationEvent
from measures.moves import MOVES, By
from tests.soak.invariants import Evidence, Invariant

_ENDS = {State.WITHDRAWN, State.RATED, State.INVALID, State.OUT_OF_SCOPE}
_ESCALATIONS = {f"escalate_{level}" for level in Escalation.values}
_LADDER = ["", "supervise", "escalate_interview", "escalate_circulated"]
_CLOSES = {"close", "grant_appeal", "close_suspended"}


# Voices -------------------------------------------------------------------------------------------------------------
def every_voice_has_one_fate(_: Evidence) -> list[str]:
    """Ended by itself, joined to another voice that has a fate, or dealt with by one matter: one of these, not two."""
    rows = list(Feedback.objects.values_list("pk", "state", "duplicate_of", "matter_link__rectification"))
    fates = {pk: _fates(state, matter) for pk, state, _original, matter in rows}
    originals = {pk: original for pk, state, original, _matter in rows if state == State.DUPLICATE}
    wrong = [f"voice {pk} has {len(found)} fates: {found}" for pk, found in fates.items() if len(found) != 1]
    return wrong + [f"voice {pk} is a duplicate of nothing" for pk in originals if not _leads_somewhere(pk, originals)]


def _fates(state: str, matter: int | None) -> list[str]:
    if state == State.WITHDRAWN:  # whatever was begun with it goes on without its words
        return [state]
    found = [state] if state in _ENDS or state == State.DUPLICATE else []
    return found + ([f"matter {matter}"] if matter else [])


def fate_counts() -> Counter[str]:
    """How many voices came to which end, for the summary."""
    rows = Feedback.objects.values_list("state", "matter_link__rectification__state")
    return Counter(f"matter {matter}" if matter and state != State.WITHDRAWN else state for state, matter in rows)


def _leads_somewhere(pk: int, originals: dict[int, int | None]) -> bool:
    seen: set[int] = set()
    at: int | None = pk
    while at in originals:
        if at in seen:
            return False
        seen.add(at)
        at = originals[at]
    return at is not None


# Matters ------------------------------------------------------------------------------------------------------------
def every_matter_follows_the_table(_: Evidence) -> list[str]:
    """Its events, played through the table of moves, lead from nothing to the state it is in."""
    wrong = []
    for matter, events in _histories():
        state, problem = replayed(events)
        if problem or state != matter.state:
            wrong.append(f"{matter}: {problem or f'its events lead to {state}, it is {matter.state}'}")
    return wrong


def replayed(events: Iterable[RectificationEvent]) -> tuple[str, str]:
    """The state to which ``events`` lead, and the first move that the table does not allow."""
    state = ""
    for event in events:
        frm, to = (frozenset([state]), "") if event.move in _ESCALATIONS else _line(event.move)
        if event.from_state != state or state not in frm or event.to_state != (to or state):
            return state, f"{event.move} leads from {event.from_state} to {event.to_state}, it was {state}"
        state = event.to_state
    return state, ""


def _line(name: str) -> tuple[frozenset[str], str]:
    move = MOVES.get(name)
    if move is None:
        return frozenset(), ""
    return move.frm or frozenset([""]), move.to


def every_move_was_made_by_its_party(_: Evidence) -> list[str]:
    """A unit's move by the unit, a leader's by a leader, the centre's and the hearing by nobody of a handling unit."""
    posts: dict[By, set[str | None]] = {
        By.CENTRE: {Role.CENTRE, Role.DISCIPLINE},
        By.UNIT: {Role.UNIT_HEAD, Role.STATION_OFFICER},
        By.HEAD: {Role.UNIT_HEAD},
        By.LEADER: {Role.LEADER},
        By.FOLLOWUP: {Role.CENTRE, Role.DISCIPLINE, None},
    }
    wrong = []
    for event in RectificationEvent.objects.filter(move__in=MOVES).select_related("officer"):
        post = event.officer.role if event.officer else None
        if post not in posts[MOVES[event.move].by]:
            wrong.append(f"{event}: made by {event.actor_label} ({post})")
    return wrong


def nothing_closed_unheard(_: Evidence) -> list[str]:
    """Every closing stands on an answer of that round, or on a reason that somebody outside the units has given."""
    heard = _heard_rounds()
    wrong = []
    for matter, events in _histories():
        handlers = _handlers(matter, events)
        round_ = 0
        for event in events:
            round_ += begins_round(event.move, event.from_state)
            if event.move in _CLOSES and not _is_sound(event, handlers, (matter.pk, round_) in heard):
                wrong.append(
                    f"{event} in round {round_} by {event.actor_label}: nobody was heard, and no reason stands"
                )
    return wrong


def begins_round(move: str, from_state: str) -> bool:
    """Whether what was asked until then has no object any more, and everybody is asked about the next answer."""
    return move == "reopen" or (move == "recall" and from_state == MatterState.FOLLOWING_UP)


def _heard_rounds() -> set[tuple[int, int]]:
    """Matter and round of every answer that lets a matter close."""
    found = FollowUpAnswer.objects.select_related("follow_up")
    return {
        (answer.follow_up.rectification_id, answer.follow_up.round)
        for answer in found
        if is_positive(answer.answer, is_solved=answer.is_solved)
    }


def _handlers(matter: Rectification, events: Iterable[RectificationEvent]) -> set[int | None]:
    acted = {event.unit_id for event in events if event.move in MOVES and MOVES[event.move].by in {By.UNIT, By.HEAD}}
    return acted | {matter.lead_unit_id, *(unit.pk for unit in matter.support_units.all())}


def _is_sound(event: RectificationEvent, handlers: set[int | None], was_heard: bool) -> bool:
    if event.move == "close" and event.data.get("closing") == Closing.HEARD:
        return was_heard
    return bool(event.note) and event.officer is not None and event.officer.unit_id not in handlers


def every_counter_equals_its_events(_: Evidence) -> list[str]:
    """What a matter counts, and how far it was pressed, is what its events say."""
    counters = {
        "return_count": "grant_return", "rework_count": "rework", "extension_count": "grant_extension",
        "reopen_count": "(another round)", "dissatisfied_count": "reopen",
    }  # fmt: skip
    wrong = []
    for matter, events in _histories():
        made = Counter(event.move for event in events)
        made["(another round)"] = sum(begins_round(event.move, event.from_state) for event in events)
        wrong += [
            f"{matter}: {name} is {getattr(matter, name)}, its events say {made[move]}"
            for name, move in counters.items()
            if getattr(matter, name) != made[move]
        ]
        further = max((_LADDER.index(move) for move in made if move in _LADDER), default=0)
        if matter.escalation != Escalation.values[further]:
            wrong.append(f"{matter}: escalation is {matter.escalation}, its events say {Escalation.values[further]}")
    return wrong


def every_request_was_decided_once(_: Evidence) -> list[str]:
    """A decided request has its one event; where the matter has left the unit's hands none is open."""
    wrong = []
    decided = Counter(
        RectificationEvent.objects.filter(move__regex="^(grant|refuse)_").values_list("rectification", "move")
    )
    stood: Counter[tuple[int, str]] = Counter()
    verbs = {"granted": "grant", "refused": "refuse"}
    for request in MatterRequest.objects.select_related("rectification"):
        if request.state in verbs:
            stood[request.rectification_id, f"{verbs[request.state]}_{request.kind}"] += 1
        elif request.state == MatterRequest.State.OPEN and request.rectification.state not in _WITH_UNIT:
            wrong.append(f"{request} is open, the matter is {request.rectification.state}")
    return wrong + [f"{key}: {stood[key]} requests, {decided[key]} events" for key in stood | decided
                    if stood[key] != decided[key]]  # fmt: skip


_WITH_UNIT = {MatterState.DISPATCHED, MatterState.HANDLING}


def _histories() -> list[tuple[Rectification, list[RectificationEvent]]]:
    events: dict[int, list[RectificationEvent]] = defaultdict(list)
    for event in RectificationEvent.objects.select_related("officer").order_by("id"):
        events[event.rectification_id].append(event)
    matters = Rectification.objects.prefetch_related("support_units").order_by("id")
    return [(matter, events[matter.pk]) for matter in matters]


INVARIANTS: list[Invariant] = [
    every_voice_has_one_fate,
    every_matter_follows_the_table,
    every_move_was_made_by_its_party,
    nothing_closed_unheard,
    every_counter_equals_its_events,
    every_request_was_decided_once,
]
