"""What is told at the end of a soak: what was played, what broke meanwhile, and which invariants do not hold."""

from collections import Counter

from followup.notices.models import InterviewNotice
from measures.models import Rectification
from tests.soak.actors import RACE
from tests.soak.of_matters import fate_counts
from tests.soak.of_messages import outcome_counts
from tests.soak.world import World

SHOWN = 12


def tell(world: World, found: dict[str, list[str]], seconds: float) -> None:
    """The summary, on standard output; its last line says how it ended."""
    diary = world.diary
    lost = Counter({name: number for name, number in diary.refused.items() if RACE in name})
    for title, counter in (
        ("fates of voices", fate_counts()),
        ("matters", _matters()),
        ("outcomes of messages", outcome_counts()),
        ("notices", _notices()),
        ("faults", diary.faults),
        ("done", diary.done),
        ("races lost to somebody quicker", lost),
        ("refused to the actor", diary.refused - lost),
        ("cut off by a fault", diary.cut),
        ("waited in vain for somebody else's row", diary.late),
    ):
        _table(title, counter)
    broken = {name: wrong for name, wrong in found.items() if wrong}
    for name, wrong in broken.items():
        print(f"BROKEN {name}: {len(wrong)}")
        for line in wrong[:SHOWN]:
            print(f"    {line}")
    print(
        f"soak: seed {world.seed}, {Rectification.objects.count()} matters, {world.round} rounds, {seconds:.0f} s,"
        f" {len(found)} invariants, {len(broken)} broken"
    )


def _table(title: str, counter: Counter[str]) -> None:
    print(f"{title}: {sum(number for name, number in counter.items() if not name.startswith('('))}")
    for name, number in sorted(counter.items()):
        print(f"    {number:>7}  {name}")


def _matters() -> Counter[str]:
    """How many matters ended where, and in brackets how many of them have come how far on the way."""
    rows = Rectification.objects.values_list("state", "closing", "reopen_count", "dissatisfied_count")
    met = Counter[str]()
    for state, closing, reopened, dissatisfied in rows:
        met[f"{state} {closing}".strip()] += 1
        met["(reopened)"] += reopened > 0
        met["(twice dissatisfied)"] += dissatisfied > 1
    return met


def _notices() -> Counter[str]:
    """How many notices ended where, and in brackets how many numbers were given."""
    rows = InterviewNotice.objects.values_list("state", "rule__kind")
    met = Counter(f"{state} {f'by rule: {kind}' if kind else 'by hand'}" for state, kind in rows)
    met["(numbers given)"] = InterviewNotice.objects.exclude(number=None).count()
    return met
