"""The one way a notice moves: a conditional UPDATE, an event, an audit row.

Of two who press at once one wins, and the other reads who did what, when.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.permissions import Action, may
from accounts.selectors import unit_ids_below
from accounts.services import audit_record
from followup.notices.models import InterviewNotice, NoticeEvent, NoticeState
from followup.notices.moves import MOVES, By, Move, missing
from followup.notices.secrecy import words_of_residents, words_refused
from followup.notices.texts import field_text, move_text
from opinion_portal import clock


class NoticeRefused(Exception):
    """The move was not made; the text says why, in the officer's language. ``field`` names what has to change."""

    def __init__(self, message: str, field_name: str = "") -> None:
        super().__init__(message)
        self.field = field_name


class MovedMeanwhile(NoticeRefused):
    """Somebody else was faster; the text tells who did what, when."""


_ACTIONS = {
    By.CENTRE: (Action.NOTICE_DRAFT,),
    By.DISCIPLINE: (Action.NOTICE_REVIEW,),
    By.LEADER: (Action.NOTICE_SIGN,),
    By.HEAD: (Action.NOTICE_ANSWER,),
    By.UNINVOLVED: (Action.NOTICE_REVIEW, Action.NOTICE_SIGN),
    By.PORTAL: (),
}
# Whoever had a hand in the words, and whoever reviewed them, whatever post they hold by now.
_WROTE = ("draft", "edit")
_HAND_IN_IT = (*_WROTE, "review", "sign")


def may_move(officer: Officer, move: Move, notice: InterviewNotice) -> bool:
    """Whether ``officer`` has the post for ``move`` on this notice. Its state is another question."""
    if not any(may(officer, action) for action in _ACTIONS[move.by]):
        return False
    return move.by is not By.HEAD or notice.unit_id in unit_ids_below(officer.unit_id)


def is_second_hand(officer: Officer, move: Move, notice_id: int) -> bool:
    """Whether ``officer`` did something before that forbids this move: three people sign for one notice."""
    acts = {"review": _WROTE, "sign": (*_WROTE, "review")}.get(move.name, ())
    if move.by is By.UNINVOLVED:
        acts = _HAND_IN_IT
    return bool(acts) and NoticeEvent.objects.filter(notice=notice_id, officer=officer, move__in=acts).exists()


def party_check(name: str, officer: Officer, notice: InterviewNotice) -> None:
    """PermissionDenied without the post; ``NoticeRefused`` for somebody who did an earlier step."""
    if not may_move(officer, MOVES[name], notice):
        raise PermissionDenied
    if is_second_hand(officer, MOVES[name], notice.pk):
        raise NoticeRefused(
            _("You had a hand in this notice before. Drafter, reviewer, signer and judge are different people.")
        )


def require(name: str, filled: Mapping[str, object]) -> None:
    """Raises ``NoticeRefused`` for the first field that the move needs and ``filled`` leaves empty."""
    if empty := missing(MOVES[name], filled):
        raise NoticeRefused(_("Please fill in: %(what)s.") % {"what": field_text(empty[0])}, empty[0])


def refuse_identifying(
    texts: Mapping[str, str], matter_ids: Iterable[int], *, officers_may_be_named: bool = False
) -> None:
    """Raises ``NoticeRefused`` with the words that could tell who complained, and where they stand.

    ``matter_ids`` are the matters that the notice names: what their residents said of themselves may not stand there.
    """
    known = words_of_residents(matter_ids)
    for name, words in words_refused(texts, known, officers_may_be_named=officers_may_be_named).items():
        message = _("This could tell who complained; take it out: %(words)s.") % {"words": "、".join(words)}
        raise NoticeRefused(message, name)


def move_make(
    name: str, notice: InterviewNotice, actor: Officer | str, *, now: datetime, note: str = "", only: Q | None = None,
    changes: Mapping[str, Any] | None = None, data: Mapping[str, object] | None = None, changed: Sequence[str] = (),
) -> None:  # fmt: skip
    """Make the move ``name`` in the caller's transaction; the caller has checked party and fields.

    ``only`` narrows the UPDATE beyond the states of the table. Raises ``MovedMeanwhile`` when it finds nothing.
    """
    move = MOVES[name]
    standing = InterviewNotice.objects.filter(only or Q(), pk=notice.pk, state__in=move.frm)
    # The state that this very UPDATE found: read under its lock, so that the event tells the truth.
    before = standing.select_for_update(no_key=True, of=("self",)).values_list("state", flat=True).first()
    values = {**(changes or {}), "changed_at": now} | ({"state": move.to} if move.to else {})
    if before is None or not standing.update(**values):
        raise moved_meanwhile(notice.pk)
    event_add(notice.pk, move, actor, now=now, note=note, data=data, state=before, changed=changed)


def event_add(
    notice_id: int, move: Move, actor: Officer | str, *, now: datetime, note: str = "",
    data: Mapping[str, object] | None = None, state: str = "", changed: Sequence[str] = (),
) -> None:  # fmt: skip
    """Write what happened into the notice's history and into the audit log."""
    officer = actor if isinstance(actor, Officer) else None
    NoticeEvent.objects.create(
        notice_id=notice_id,
        move=move.name,
        from_state=state,
        to_state=move.to or state,
        officer=officer,
        actor_label=officer.username if officer else str(actor),
        note=note,
        data=dict(data or {}),
        at=now,
    )
    audit_record(
        action=f"notice.{move.name}",
        actor=actor,
        object_type="notice",
        object_id=notice_id,
        changed=[*changed, *(["state"] if move.to else [])],
        data=data,
    )


def moved_meanwhile(notice_id: int) -> MovedMeanwhile:
    """The refusal for whoever came second: who did what, when, and where the notice stands."""
    last = NoticeEvent.objects.filter(notice=notice_id).select_related("officer").last()
    state = InterviewNotice.objects.values_list("state", flat=True).get(pk=notice_id)
    if last is None:
        return MovedMeanwhile(_("This notice is not in a state that allows that."))
    return MovedMeanwhile(
        _("%(who)s was here at %(when)s: %(what)s. The notice is now “%(state)s”. What you typed is still here.")
        % {
            "who": last.officer.name if last.officer else _("The portal"),
            "when": last.at.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M"),
            "what": move_text(last.move),
            "state": NoticeState(state).label,
        }
    )
