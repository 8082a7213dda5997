"""A program that is to end with its parent does so, however early the parent ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from opinion_portal.startup import processes

# Leads a session, leaves a child that becomes the program only when its parent is gone, names it, and ends.
LEADER = """
import os, sys, time
parent = os.getpid()
child = os.fork()
if child:
    print(child)
else:
    while os.getppid() == parent:
        time.sleep(0.01)
    os.execv(sys.argv[1], sys.argv[1:])
"""
PROGRAM = "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); time.sleep(60)"


def test_a_program_whose_parent_ended_before_it_had_begun_does_not_begin(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = processes.led(processes.child_command([sys.executable, "-c", PROGRAM, str(begun)]))
    with (tmp_path / "said").open("w+") as said:
        subprocess.run([sys.executable, "-c", LEADER, *program], start_new_session=True, stdout=said, check=True)
        said.seek(0)
        orphan = int(said.readline())
    try:
        assert processes.until(lambda: not processes.is_running(orphan), 30)
    finally:
        if processes.is_running(orphan):
            os.kill(orphan, signal.SIGKILL)
    assert not begun.exists()


def test_a_program_ends_with_the_parent_that_leads_its_session(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = processes.led(processes.child_command([sys.executable, "-c", PROGRAM, str(begun)]))
    leads = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:]).pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", leads, *program],
        start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as parent:  # fmt: skip
        assert parent.stdout
        child = int(parent.stdout.readline())
        assert processes.until(begun.exists, 30)
        parent.kill()
    assert processes.until(lambda: not processes.is_running(child), 30)
