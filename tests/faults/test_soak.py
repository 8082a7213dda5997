"""A short soak: some thirty matters through the whole loop while workers, web, carrier and connections are killed.

``make soak`` plays two thousand. It runs as a program of its own, for it forks what it kills.
"""

import os
import re
import subprocess
import sys
from pkgutil import resolve_name

import pytest

from opinion_portal.startup.places import CHECKOUT
from tests.soak.deaths import STEPS, WEB, WORKER
from tests.soak.world import people_made

MATTERS, SEED = "30", "4"
# A machine that is busy with the other tests may need long for it.
PATIENCE = 900


@pytest.mark.timeout(PATIENCE + 30)
def test_nothing_is_lost_or_doubled_while_everything_breaks() -> None:
    soak = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--matters", MATTERS, "--seed", SEED],
        env=dict(os.environ), cwd=CHECKOUT, text=True, capture_output=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    assert soak.returncode == 0, soak.stdout[-8000:] + soak.stderr[-4000:]
    assert re.search(rf"^soak: seed {SEED}, \d+ matters, .* 0 broken$", soak.stdout, re.MULTILINE)
    _tells_what_was_played(soak.stdout)


def _tells_what_was_played(told: str) -> None:
    for title in ("fates of voices", "matters", "outcomes of messages", "notices", "faults"):
        assert re.search(rf"^{title}: [1-9]\d*$", told, re.MULTILINE), title
    assert re.search(r"^races lost to somebody quicker: [1-9]", told, re.MULTILINE)
    for who, steps in (("worker", WORKER), ("web", WEB)):
        assert any(f"{who} killed: {step}\n" in told for step in steps), f"no {who} died on a message's way"


@pytest.mark.parametrize("step", STEPS)
def test_the_call_at_which_a_process_is_to_die_is_there(step: str) -> None:
    owner, name = STEPS[step].call.rsplit(".", 1)
    assert callable(getattr(resolve_name(owner), name))


def test_one_seed_makes_one_cast_of_residents() -> None:
    assert people_made(7, 50) == people_made(7, 50) != people_made(8, 50)
