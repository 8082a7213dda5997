"""What costs time in every test and comes out the same each time is done once, or at its cheapest."""

import gc
import os
from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from whitenoise.base import WhiteNoise
from xdist.scheduler import LoadFileScheduling

Files = dict[str, Any]
# Begun first, so that no process works alone on one of them at the end. Each process is given two to begin with.
SLOW = (
    "tests/faults/test_sms_faults.py",
    "tests/startup/test_launcher.py",
    "tests/browser/test_accessibility.py",
    "tests/browser/test_loop_walk.py",
    "tests/faults/test_faults.py",
    "tests/insights/test_demo.py",
    "tests/faults/test_soak.py",
    "tests/browser/test_walk.py",
    "tests/accounts/test_matrix.py",
    "tests/feedback/test_resident_browser.py",
)
# One process takes these: they visit one portal (``shared_portal_stack``), whose start takes longer than most of them.
TOGETHER = (
    "tests/feedback/test_resident_browser.py",
    "tests/feedback/test_resident_back_browser.py",
    "tests/feedback/test_visit_browser.py",
    "tests/accounts/test_drafts_browser.py",
    "tests/feedback/test_express.py",
    "tests/startup/test_web.py",
)


class FilesTogether(LoadFileScheduling):  # type: ignore[misc]  # xdist brings no types
    """A process is given file after file, and those of ``TOGETHER`` as if they were one."""

    def _split_scope(self, nodeid: str) -> str:
        file = str(super()._split_scope(nodeid))
        return TOGETHER[0] if file in TOGETHER else file


def processes() -> int | None:
    """How many test processes share the work, unless it is said elsewhere.

    One more than processors: while one waits for a portal that it has started, another uses its processor.
    """
    ours = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else ours + 1


def slow_first(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests, file by file as before, but the files that take longest in front."""
    place = {file: number for number, file in enumerate(SLOW)}
    return sorted(items, key=lambda item: place.get(item.nodeid.partition("::")[0], len(SLOW)))


def children_keep_bytecode() -> None:
    """The tests start some hundred processes: only the first is to compile the portal."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def passwords_hash_cheaply() -> None:
    """The same algorithm with its least work: the portal's own cost is meant for those who guess."""
    Argon2PasswordHasher.time_cost = 1
    Argon2PasswordHasher.memory_cost = 8
    Argon2PasswordHasher.parallelism = 1


def static_files_read_once() -> None:
    """Every test client loads the middleware anew, and WhiteNoise would read eight hundred files each time."""
    read, known = WhiteNoise.update_files_dictionary, dict[tuple[str, str], Files]()

    def read_once(self: WhiteNoise, root: str, prefix: str) -> None:
        if (root, prefix) not in known:
            before = dict(self.files)
            read(self, root, prefix)
            known[root, prefix] = {url: file for url, file in self.files.items() if url not in before}
        self.files.update(known[root, prefix])

    WhiteNoise.update_files_dictionary = read_once


def garbage_set_aside() -> None:
    """What is loaded when the first test begins stays to the end: it is not searched for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
