"""A short soak: some forty matters through the whole loop while workers, web, carrier and connections are killed.

``make soak`` plays two thousand. It runs as a program of its own, for it forks what it kills.
"""

import os
import subprocess
import sys

import pytest

from opinion_portal.startup.places import CHECKOUT

MATTERS, SEED = "40", "4"


@pytest.mark.timeout(300)
def test_nothing_is_lost_or_doubled_while_everything_breaks() -> None:
    soak = subprocess.run(
        [sys.executable, "-m", "tests.soak", "--matters", MATTERS, "--seed", SEED],
        env=dict(os.environ), cwd=CHECKOUT, text=True, capture_output=True, check=False, timeout=280,
    )  # fmt: skip
    assert soak.returncode == 0, soak.stdout[-8000:] + soak.stderr[-4000:]
    assert " 0 broken" in soak.stdout
