"""What breaks in a soak: workers, web, carrier killed, the cache emptied, connections cut, the carrier's own faults."""

import json
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from queue import SimpleQueue
from random import Random

import redis
from django.conf import settings

from opinion_portal import clock
from tests.soak.deaths import WEB, WORKER, death_chosen
from tests.soak.ground import DATABASE, LATE_SECONDS
from tests.soak.keepers import Ending, Keeper
from tests.soak.world import World

# How likely each of the carrier's faults is at each message, push or reply.
CARRIER = {
    "refuse": 0.02, "accept_but_answer_late": 0.004, "drop_connection_after_accept": 0.02, "http_500": 0.02,
    "down": 0.02, "receipt_twice": 0.1, "receipt_late": 0.05, "receipt_out_of_order": 0.1, "receipt_failed": 0.03,
    "reply_twice": 0.1, "reply_without_extension": 0.08,
}  # fmt: skip
# How likely each fault of ours is in one round.
CHAOS = {"valkey emptied": 0.12, "connections cut": 0.3, "carrier killed": 0.08}
# And in one that goes on over midnight: the clock is set back by so many seconds, and midnight comes once more.
AT_MIDNIGHT, SET_BACK = {"clock set back over midnight": 0.5}, (1.0, 3.0)
# A worker is killed at a random moment in this share of ticks, or at a step of a message's way in that one;
# a web process lives for so many seconds, and this share of them is to die at a step before.
KILLED, DIES, LIFE, WEB_DIES = 0.25, 0.5, (2.0, 25.0), 0.5
# So many seconds at most pass before a worker's second tick in a round, and more and more before its next ones.
PAUSE = 0.5
# The classifier is not what is tested here and takes a second to load; the others mend or tidy once a day.
LEFT_OUT = {
    "feedback.tasks.classify_pending",
    "insights.tasks.recheck_tallies",
    "feedback.imports.tasks.continue_imports",
}
# What is done at most ticks; the rest takes turns.
OFTEN = {"followup.sms.tasks.send_due", "followup.surveys.tasks.follow_up", "followup.sms.tasks.reconcile"}

CUT = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid
"""


def tasks_of_the_beat() -> list[str]:
    """Everything the beat has done, in the order of its schedule, but for what is left out here."""
    from opinion_portal.celery import app

    names = dict.fromkeys(str(entry["task"]) for entry in app.conf.beat_schedule.values())
    return [name for name in names if name not in LEFT_OUT]


class Workers:
    """Two workers that run the beat's tasks while a round lasts; each task also runs when it is not due."""

    def __init__(self, world: World, keepers: list[Keeper]) -> None:
        self.world, self.keepers = world, keepers
        self.tasks = tasks_of_the_beat()
        self.are_killed = True

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Tick after tick in each of them; afterwards none is at work."""
        over = threading.Event()
        threads = [
            threading.Thread(target=self._work, args=(keeper, number, over))
            for number, keeper in enumerate(self.keepers)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            over.set()
            for thread in threads:
                thread.join()

    def _work(self, keeper: Keeper, number: int, over: threading.Event) -> None:
        dice = self.world.dice("worker", number, self.world.round)
        for done in count(1):
            chosen = [name for name in self.tasks if dice.random() < (0.9 if name in OFTEN else 0.12)]
            dice.shuffle(chosen)
            kill_after = dice.uniform(0.01, 1.2) if self.are_killed and dice.random() < KILLED else None
            death = death_chosen(WORKER, dice) if self.are_killed and dice.random() < DIES else None
            self._note(keeper.run({"tasks": chosen, "death": death}, kill_after=kill_after))
            if over.wait(dice.uniform(0, PAUSE * done)):
                return

    def everything(self) -> None:
        """One tick of all tasks, nobody killed."""
        self._note(self.keepers[0].run({"tasks": self.tasks, "death": None}, kill_after=None))

    def _note(self, ending: Ending) -> None:
        diary = self.world.diary
        if ending.was_killed:
            diary.fault(f"worker killed: {ending.died or 'at any moment'}")
        for line in ending.said:
            if "died" in line:
                continue
            if "error" in line:
                diary.surprise(f"worker: {line['error']}")
            elif line.get("cut"):
                diary.count(diary.cut, line["task"])
            elif line.get("late"):
                diary.count(diary.late, line["task"])
            else:
                diary.count(diary.done, line["task"])


class Web:
    """The portal's web: a process that lives for a while, is killed and followed by the next."""

    def __init__(self, world: World, keeper: Keeper) -> None:
        self.world, self.keeper = world, keeper
        self.is_killed = True
        self.dice = world.dice("web")
        threading.Thread(target=self._live, daemon=True).start()

    def _live(self) -> None:
        has_died = False
        while True:
            life = self.dice.uniform(*LIFE) if self.is_killed else None
            death = death_chosen(WEB, self.dice) if self.is_killed and self.dice.random() < WEB_DIES else None
            if self.is_killed and not has_died:
                # However short the soak, one dies on a message's way: at the step that comes soonest.
                life, death = LIFE[1], ("receipt arrived", 1)
            ending = self.keeper.run({"death": death}, kill_after=life)
            if life is None:
                return
            has_died = has_died or bool(ending.died)
            self.world.diary.fault(f"web killed: {ending.died or 'at any moment'}")
            for line in ending.said:
                if "died" not in line:
                    self.world.diary.surprise(f"web: {line}")


class Chaos:
    """The faults of one round, each at a moment of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.acts: dict[str, Callable[[Random], int]] = {
            "valkey emptied": self._valkey_empty,
            "connections cut": self._connections_cut,
            "carrier killed": self._carrier_kill,
            "clock set back over midnight": self._clock_set_back,
        }

        self._rounds: SimpleQueue[tuple[int, dict[str, float]]] = SimpleQueue()
        self._is_over = threading.Event()
        # One thread for the whole soak: what a thread has started is told to end when that thread ends.
        threading.Thread(target=self._live, daemon=True).start()

    @contextmanager
    def in_round(self) -> Iterator[None]:
        """Whatever the dice have chosen happens meanwhile; afterwards the carrier runs again."""
        self._is_over.clear()
        self._rounds.put((self.world.round, AT_MIDNIGHT | CHAOS if _is_late_at_night() else CHAOS))
        try:
            yield
        finally:
            self._is_over.wait()

    def _live(self) -> None:
        while True:
            round_, possible = self._rounds.get()
            dice = self.world.dice("chaos", round_)
            for name, likely in possible.items():
                if dice.random() < likely:
                    time.sleep(dice.uniform(0, 0.6))
                    self._break(name, dice)
            self._is_over.set()

    def _break(self, name: str, dice: Random) -> None:
        try:
            self.world.diary.count(self.world.diary.faults, name, self.acts[name](dice))
        except Exception:  # noqa: BLE001 (told at the end; the round must end)
            self.world.diary.surprise(f"{name}: {traceback.format_exc()}")

    def _valkey_empty(self, _dice: Random) -> int:
        # The portal's own numbered database is all of it: the server may be shared with other tests.
        with redis.Redis.from_url(settings.REDIS_URL) as valkey:
            valkey.flushdb()
        return 1

    def _connections_cut(self, dice: Random) -> int:
        found = [row[0] for row in self.world.ground.execute(CUT)]
        chosen = dice.sample(found, min(len(found), dice.randint(1, 2)))
        for pid in chosen:
            self.world.ground.execute("SELECT pg_terminate_backend(%s)", pid)
        return len(chosen)

    def _carrier_kill(self, dice: Random) -> int:
        carrier = self.world.ground.carrier
        carrier.kill()
        time.sleep(dice.uniform(0, 0.5))
        carrier.start()
        return 1

    def _clock_set_back(self, dice: Random) -> int:
        _midnight_await()
        self.world.ground.set_back(dice.uniform(*SET_BACK))
        _midnight_await()
        return 1


def _is_late_at_night() -> bool:
    return clock.now().astimezone(clock.BUREAU_ZONE).hour == 23


def _midnight_await() -> None:
    while _is_late_at_night():
        time.sleep(0.05)


def carrier_order(world: World, *, are_on: bool) -> None:
    """Have the carrier make its faults, or none."""
    # A short soak has few messages: each fault is to happen in it all the same.
    more = min(5.0, max(1.0, 400 / world.matters))
    faults = {name: {"probability": min(0.4, likely * more)} for name, likely in CARRIER.items()} if are_on else {}
    world.ground.carrier.order(seed=world.seed, late_seconds=LATE_SECONDS, **faults)


def carrier_faults(world: World) -> Counter[str]:
    """The faults that the carrier has made under its present order: each draw of one depends on the seed alone."""
    told = json.loads(world.ground.carrier.ask("/control/faults")[1])
    return Counter(
        {
            f"carrier: {name}": sum(
                Random(f"{told['seed']}:{name}:{number}").random() < ordered["probability"]
                for number in range(told["drawn"][name])
            )
            for name, ordered in told["faults"].items()
        }
    )


def deadlocks(world: World) -> int:
    """How often PostgreSQL had to end one of two that waited for each other."""
    found = world.ground.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = %s", DATABASE)
    return int(str(found[0][0]))
