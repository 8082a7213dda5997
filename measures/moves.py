"""Every move a matter may make: who, from which states, to which, and what must be filled in. Knows no Django.

The table is the whole rule (DOMAIN 3): ``services.py`` carries out what stands here and refuses the rest, and the pages
offer what stands here. ``by`` names the party; that the officer may act for it is asked of ``accounts/permissions.py``.
"""

from dataclasses import dataclass
from enum import Enum


class By(Enum):
    """Who makes a move."""

    CENTRE = "centre"  # opinion centre or discipline office
    UNIT = "unit"  # any officer of the lead or a support unit
    HEAD = "head"  # the head of the lead unit
    LEADER = "leader"  # a bureau leader
    FOLLOWUP = "followup"  # the follow-up: the resident has answered, or somebody recorded why that is impossible


@dataclass(frozen=True)
class Move:
    """One line of the table. ``needs`` are the fields that may not stay empty; ``to`` "" leaves the state as it is."""

    name: str
    by: By
    frm: frozenset[str]
    to: str
    needs: frozenset[str] = frozenset()


def _move(name: str, by: By, frm: str, to: str, needs: str = "") -> Move:
    return Move(name, by, frozenset(frm.split()), to, frozenset(needs.split()))


# With the unit or in review: the states in which the clock runs.
OPEN = "dispatched handling submitted"
MOVES = {
    move.name: move
    for move in (
        # 派单 · 签收 · 办理中 · 反馈待审
        _move("dispatch", By.CENTRE, "", "dispatched", "lead_unit item title brief"),
        _move("acknowledge", By.UNIT, "dispatched", "handling"),
        _move("progress", By.UNIT, "handling", "", "note"),
        _move("evidence_add", By.UNIT, "handling", ""),
        _move("submit", By.HEAD, "handling", "submitted", "result evidence"),
        # 审核：通过 / 退回
        _move("pass", By.CENTRE, "submitted", "following_up", "public_reply"),
        _move("rework", By.CENTRE, "submitted", "handling", "note"),
        # 回访 · 办结 · 重新办理
        _move("close", By.FOLLOWUP, "following_up", "closed", "closing note"),
        _move("reopen", By.FOLLOWUP, "following_up closed", "handling", "note"),
        # 退单申请 → 同意（改派）/ 不同意（指定办理）
        _move("ask_return", By.HEAD, "dispatched handling", "", "note"),
        _move("grant_return", By.CENTRE, "dispatched handling", "returned", "note"),
        _move("refuse_return", By.CENTRE, "dispatched handling", "", "note"),
        # 撤回改派：it turned out to be about a unit that handles it
        _move("recall", By.CENTRE, f"{OPEN} suspended following_up", "returned", "note about voices"),
        _move("redispatch", By.CENTRE, "returned", "dispatched", "lead_unit brief"),
        # 延期申请
        _move("ask_extension", By.HEAD, "handling", "", "note days"),
        _move("grant_extension", By.CENTRE, "handling", "", "note"),
        _move("refuse_extension", By.CENTRE, "handling", "", "note"),
        # 挂账
        _move("ask_suspension", By.HEAD, "handling", "", "note"),
        _move("grant_suspension", By.LEADER, "handling", "suspended", "note"),
        _move("refuse_suspension", By.LEADER, "handling", "", "note"),
        _move("resume", By.CENTRE, "suspended", "handling", "note"),
        _move("close_suspended", By.LEADER, "suspended", "closed", "note"),
        # 申诉：against what a dissatisfied resident's answer did
        _move("ask_appeal", By.HEAD, "handling", "", "note"),
        _move("grant_appeal", By.CENTRE, "handling", "closed", "note"),
        _move("refuse_appeal", By.CENTRE, "handling", "", "note"),
        # 督办 · 转警情(110) · 转信访/督察
        _move("supervise", By.CENTRE, OPEN, "", "note"),
        _move("hand_110", By.CENTRE, f"{OPEN} suspended following_up", "handed_110", "note"),
        _move("hand_petition", By.CENTRE, f"{OPEN} suspended following_up", "handed_petition", "note"),
    )
}
# After these the unit has to act anew, and to show anew what it did: evidence from before answers nothing any more.
ASKS_ANEW = frozenset({"rework", "reopen", "redispatch"})


def moves_from(state: str) -> list[Move]:
    """The moves that the table knows from ``state``, in its order."""
    return [move for move in MOVES.values() if state in move.frm]


def missing(move: Move, filled: dict[str, object]) -> list[str]:
    """The fields that ``move`` needs and ``filled`` leaves empty, in alphabetical order."""
    return sorted(name for name in move.needs if not filled.get(name))
