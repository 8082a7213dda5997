"""What must hold of interview notices."""

from collections import defaultdict
from collections.abc import Iterable

from followup.notices.models import InterviewNotice, NoticeDocument, NoticeEvent, NoticeNumber, NoticeState
from followup.notices.moves import MOVES, UNISSUED
from tests.soak.invariants import Evidence, Invariant


def every_number_is_there_once(_: Evidence) -> list[str]:
    """The numbers of a prefix and year run from 1 to the counter, without a gap and without a second use."""
    given: dict[tuple[str, int], list[int]] = defaultdict(list)
    for prefix, year, number in InterviewNotice.objects.exclude(number=None).values_list("prefix", "year", "number"):
        given[prefix, year or 0].append(number or 0)
    last = {(row.prefix, row.year): row.last for row in NoticeNumber.objects.all()}
    return [
        f"{key}: {sorted(given[key])}, the counter stands at {last.get(key, 0)}"
        for key in {*given, *last}
        if sorted(given[key]) != list(range(1, last.get(key, 0) + 1))
    ]


def three_people_stand_for_a_notice(_: Evidence) -> list[str]:
    """Whoever wrote in it, whoever reviewed it last and whoever signed are different people."""
    hands: dict[int, dict[str, set[int | None]]] = defaultdict(lambda: defaultdict(set))
    for about, move, officer in NoticeEvent.objects.values_list("notice", "move", "officer"):
        hands[about][move].add(officer)
    wrong = []
    for notice in InterviewNotice.objects.exclude(state__in=UNISSUED.split()):
        people = [notice.drafted_by_id, notice.reviewed_by_id, notice.signed_by_id]
        wrote = hands[notice.pk]["draft"] | hands[notice.pk]["edit"]
        if None in people or len(set(people)) != 3 or wrote & set(people[1:]) or len(hands[notice.pk]["sign"]) != 1:
            wrong.append(f"notice {notice.pk} {notice}: {people}, written by {wrote}")
    return wrong


def every_notice_follows_the_table(_: Evidence) -> list[str]:
    """Its events, played through the table of moves, lead from nothing to the state it is in."""
    events: dict[int, list[NoticeEvent]] = defaultdict(list)
    for event in NoticeEvent.objects.order_by("id"):
        events[event.notice_id].append(event)
    wrong = []
    for notice in InterviewNotice.objects.all():
        state, problem = notice_replayed(events[notice.pk])
        if problem or state != notice.state:
            wrong.append(f"notice {notice.pk}: {problem or f'its events lead to {state}, it is {notice.state}'}")
    return wrong


def notice_replayed(events: Iterable[NoticeEvent]) -> tuple[str, str]:
    """The state to which ``events`` lead, and the first move that the table does not allow."""
    state = ""
    for event in events:
        move = MOVES.get(event.move)
        allowed = (move.frm or frozenset([""])) if move else frozenset()
        begins = state or (event.to_state if move and not move.frm else "")  # the first event names its own state
        if move is None or state not in allowed or event.from_state != begins or event.to_state != (move.to or state):
            return state, f"{event.move} leads from {event.from_state} to {event.to_state}, it was {state}"
        state = event.to_state
    return state, ""


def every_paper_is_kept(_: Evidence) -> list[str]:
    """An issued notice has its PDF and DOCX, a void one both of them once more."""
    have = set(NoticeDocument.objects.values_list("notice", "edition", "form"))
    wrong = []
    for notice, state in InterviewNotice.objects.exclude(number=None).values_list("pk", "state"):
        editions = ["issued", *(["void"] if state == NoticeState.VOID else [])]
        wanted = {(notice, edition, form) for edition in editions for form in ("pdf", "docx")}
        wrong += [f"notice {notice} lacks {edition}.{form}" for _notice, edition, form in wanted - have]
    return wrong


INVARIANTS: list[Invariant] = [
    every_number_is_there_once,
    three_people_stand_for_a_notice,
    every_notice_follows_the_table,
    every_paper_is_kept,
]
