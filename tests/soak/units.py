"""The units: sign for it, work, answer, ask for this and that, or do nothing until it is late."""

from collections.abc import Iterator
from random import Random

from accounts.models import Officer
from measures import services
from measures.models import MatterRequest, MatterState, Rectification
from measures.requests import request_ask
from tests.soak.actors import Act, Job, job
from tests.soak.world import World

# How often, of a hundred times that a unit turns to a matter in hand, it does what; at the very end only the last.
IN_HAND = {"submit": 52, "progress": 14, "extension": 9, "suspension": 5, "return": 4, "appeal": 16}
REASON = "现场条件所限，需要协调其他部门"


class Units:
    """The heads and officers of the units that handle matters."""

    def __init__(self, world: World) -> None:
        self.world = world

    def jobs(self, *, is_late_in_play: bool) -> Iterator[Job]:
        """What the units do now."""
        states = (MatterState.DISPATCHED, MatterState.HANDLING)
        for matter in Rectification.objects.filter(state__in=states).only(
            "state", "lead_unit_id", "dissatisfied_count"
        ):
            dice = self.world.dice("unit", matter.pk, self.world.round)
            if dice.random() < (0.7 if is_late_in_play else self._diligence(matter)):
                yield self._job(matter, dice)

    def _diligence(self, matter: Rectification) -> float:
        """How likely a unit turns to a matter at a time; some matters lie until they are long overdue."""
        dice = self.world.dice("diligence", matter.pk)
        return 0.03 if dice.random() < 0.12 else dice.uniform(0.15, 0.5)

    def _job(self, matter: Rectification, dice: Random) -> Job:
        head, other = dice.sample(self.world.cast.heads[matter.lead_unit_id], 2)
        if matter.state == MatterState.DISPATCHED:
            return self._on_arrival(matter.pk, head, other, dice)
        does = dice.choices(list(IN_HAND), list(IN_HAND.values()))[0]
        if does == "appeal" and not matter.dissatisfied_count:
            does = "submit"
        act = self._act(does, matter.pk, head, dice)
        if dice.random() < 0.06:  # the unit's other head at the same moment, perhaps with something else
            rival = dice.choice(["submit", "extension", "appeal", does])
            return job(f"unit: {does}", act, self._act(rival, matter.pk, other, dice))
        return job(f"unit: {does}", act)

    def _on_arrival(self, matter: int, head: Officer, other: Officer, dice: Random) -> Job:
        if dice.random() < 0.1:
            return job("unit: return", self._asks("return", matter, head, dice))
        act = _acknowledges(matter, self._anybody(head, dice))
        if dice.random() < 0.06:
            return job("unit: acknowledge", act, _acknowledges(matter, other))
        return job("unit: acknowledge", act)

    def _act(self, does: str, matter: int, head: Officer, dice: Random) -> Act:
        if does == "submit":
            return lambda: _submits(matter, head)
        if does == "progress":
            return _notes(matter, self._anybody(head, dice))
        return self._asks(does, matter, head, dice)

    def _anybody(self, head: Officer, dice: Random) -> Officer:
        """The head, or an officer of the same unit."""
        return head if dice.random() < 0.6 else self.world.cast.officers[head.unit_id]

    def _asks(self, kind: str, matter: int, head: Officer, dice: Random) -> Act:
        days = dice.randint(1, 6) if kind == MatterRequest.Kind.EXTENSION else None
        return lambda: request_ask(rectification_id=matter, officer=head, kind=kind, reason=REASON, days=days)


def _acknowledges(matter: int, head: Officer) -> Act:
    return lambda: services.rectification_acknowledge(rectification_id=matter, officer=head)


def _notes(matter: int, officer: Officer) -> Act:
    return lambda: services.rectification_progress(rectification_id=matter, officer=officer, note="已到现场查看")


def _submits(matter: int, head: Officer) -> None:
    services.evidence_add(
        rectification_id=matter, officer=head, name="现场.pdf", media_type="application/pdf", data=b"%PDF-1.7 soak"
    )
    services.rectification_submit(rectification_id=matter, officer=head, result="已整改，连续三晚巡查正常。")
