"""Every move an interview notice may make: who, from which states, to which, what must be filled in. Knows no Django.

The table is the whole rule (DOMAIN 6): the services carry out what stands here and refuse the rest, and the pages offer
what stands here. ``by`` names the party; that an officer may act for it is asked of ``accounts/permissions.py``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class By(Enum):
    """Who makes a move. Drafter, reviewer and signer of one notice are three different people."""

    CENTRE = "centre"  # the opinion centre drafts, serves, keeps the record
    DISCIPLINE = "discipline"  # the discipline office reviews, and checks again what the unit reports
    LEADER = "leader"  # a bureau leader signs and annuls
    HEAD = "head"  # the head of the unit that is interviewed
    UNINVOLVED = "uninvolved"  # discipline office or leader, without a hand in the notice: decides an appeal
    PORTAL = "portal"  # nobody: a rule or a date


@dataclass(frozen=True)
class Move:
    """One line of the table. ``needs`` are the fields that may not stay empty; ``to`` "" leaves the state as it is."""

    name: str
    by: By
    frm: frozenset[str]
    to: str
    needs: tuple[str, ...] = ()


def _move(name: str, by: By, frm: str, to: str, needs: str = "") -> Move:
    return Move(name, by, frozenset(frm.split()), to, tuple(needs.split()))


# The unit knows of it and something is still to be done.
IN_FORCE = "issued served held planned reported"
# Nobody outside the office knows of it.
UNISSUED = "draft reviewed cancelled"
OPEN = f"draft reviewed {IN_FORCE}"
# What a leader must be able to sign: all that the paper says.
_WHOLE = "drafted_by person facts meets_at place plan_by rectify_by appeal_until"
MOVES = {
    move.name: move
    for move in (
        # 拟稿：by hand, or by a rule; then somebody of the centre takes it over and is its drafter
        _move("draft", By.CENTRE, "", "draft", "unit facts"),
        _move("propose", By.PORTAL, "", "draft", "unit facts rule"),
        _move("edit", By.CENTRE, "draft", "", "facts"),
        _move("cancel", By.CENTRE, "draft", "cancelled", "note"),
        # 审核 · 退回
        _move("review", By.DISCIPLINE, "draft", "reviewed", _WHOLE),
        _move("return", By.DISCIPLINE, "draft", "", "note"),
        _move("send_back", By.LEADER, "reviewed", "draft", "note"),
        # 签发 · 作废
        _move("sign", By.LEADER, "reviewed", "issued"),
        _move("void", By.LEADER, IN_FORCE, "void", "note"),
        # 送达 · 约谈
        _move("serve", By.CENTRE, "issued", "served", "way served_at receipt"),
        _move("sign_for", By.HEAD, "issued", "served"),
        _move("hold", By.CENTRE, "served", "held", "began_at place interviewer recorder interviewed talk"),
        # 整改方案 · 整改报告 · 退回重报 · 复核销号 / 通报
        _move("plan", By.HEAD, "held", "planned", "text"),
        _move("report", By.HEAD, "planned", "reported", "text"),
        _move("return_plan", By.DISCIPLINE, "planned", "held", "note"),
        _move("return_report", By.DISCIPLINE, "reported", "planned", "note"),
        _move("strike_off", By.DISCIPLINE, "reported", "struck_off", "note"),
        _move("escalate", By.DISCIPLINE, "served held planned reported", "escalated", "note"),
        # 申诉
        _move("appeal", By.HEAD, IN_FORCE, "", "reason"),
        _move("grant_appeal", By.UNINVOLVED, IN_FORCE, "void", "note"),
        _move("refuse_appeal", By.UNINVOLVED, IN_FORCE, "", "note"),
        # 到期提醒
        _move("remind_plan", By.PORTAL, "issued served held", ""),
        _move("remind_report", By.PORTAL, "issued served held planned", ""),
    )
}


def moves_from(state: str) -> list[Move]:
    """The moves that the table knows from ``state``, in its order."""
    return [move for move in MOVES.values() if state in move.frm]


def missing(move: Move, filled: Mapping[str, object]) -> list[str]:
    """The fields that ``move`` needs and ``filled`` leaves empty, in the order of the form."""
    return [name for name in move.needs if not filled.get(name)]
