"""What is known about other processes: alive, ours, gone; and how one is asked to stop."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from opinion_portal.startup import child

CHILD_PROGRAM = child.__file__


def is_running(pid: int) -> bool:
    """Whether ``pid`` is alive; one of our own children that has ended is reaped on the way."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    # An orphan whose new parent never waits for it stays in the table although it has ended.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def works_in(pid: int, folder: Path) -> bool:
    """Whether ``pid`` is alive and has ``folder`` as its working directory, as both servers do with their data.

    A number in an old pid file may long belong to another program. Where there is no /proc, alive is enough.
    """
    if not is_running(pid):
        return False
    if sys.platform != "linux":
        return True
    return _working_directory(Path(f"/proc/{pid}")) == folder.resolve()


def nobody_works_in(folder: Path) -> bool:
    """Whether no process has ``folder`` as its working directory. Where there is no /proc, nobody is seen."""
    place = folder.resolve()
    return not any(_working_directory(entry) == place for entry in Path("/proc").glob("[0-9]*"))


def _working_directory(process: Path) -> Path | None:
    try:
        return (process / "cwd").readlink()
    except OSError:  # ended, or somebody else's
        return None


def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask until ``condition`` holds, for at most ``seconds``; the last answer."""
    end, pause = time.monotonic() + seconds, 0.01
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(pause)
        pause = min(pause * 1.2, 0.25)  # what is not there soon is not worth asking for all the time
    return True


def stop(pid: int, first: signal.Signals, last: signal.Signals, patience: float) -> None:
    """Ask with ``first``; after ``patience`` seconds insist with ``last``. Returns when the process is gone."""
    for signal_number in (first, last):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_number)
        if until(lambda: not is_running(pid), patience):
            return


def child_command(
    program: list[str],
    *,
    on_parent_death: signal.Signals | None = signal.SIGTERM,
    user: tuple[int, int] | None = None,
    bare: bool = False,
    keep: str = "",
) -> list[str]:
    """The command that runs ``program`` as ``user`` (uid, gid) and ends it with its parent (None: lets it live on).

    A ``bare`` program gets none of our environment: a database server needs no secret of the portal. With ``keep``
    it gets the variables whose names begin so.
    """
    who = ["--user", f"{user[0]}:{user[1]}"] if user else []
    what = ["--bare", *(["--keep", keep] if keep else [])] if bare else []
    shim = [sys.executable, "-I", "-S", CHILD_PROGRAM]
    return [*shim, *who, *what, "--on-parent-death", str(int(on_parent_death or 0)), "--", *program]


def led(command: list[str]) -> list[str]:
    """A ``child_command`` for a parent that leads its session, as a ``detached`` one does.

    Its death is noticed even where it comes before the child has begun.
    """
    place = command.index(CHILD_PROGRAM) + 1
    return [*command[:place], "--parent-leads", *command[place:]]


def detached(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    """Start ``command`` in a session of its own, which Ctrl-C does not reach; what it says is added to ``log``."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd="/"
        )


def becomes(condition: Callable[[], bool], process: "subprocess.Popen[bytes] | None", seconds: float) -> bool:
    """Whether ``condition`` comes true within ``seconds``; no longer waited for once ``process`` has ended."""
    return until(lambda: condition() or (process is not None and process.poll() is not None), seconds) and condition()
