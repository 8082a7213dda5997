"""Become another program: as another user where asked, and signalled as soon as the parent dies.

Run by path with ``python -I -S``, before any package can be imported::

    child.py [--user UID:GID] [--on-parent-death SIGNUMBER [--parent-leads]] [--bare [--keep PREFIX]] -- PROGRAM …

The signal on the parent's death is Linux's ``PR_SET_PDEATHSIG``: a kill -9 of the parent leaves nothing behind.
With ``--parent-leads`` the parent is whoever leads this session: one that ended before this program had begun is
then missed too, while its parent would already be somebody else.
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def user_become(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def end_with_parent(signal_number: int, parent: int) -> None:
    """Have the kernel send ``signal_number`` to this process when ``parent``, which started it, ends.

    Linux only; elsewhere it does nothing.
    """
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:  # it ended before the kernel was told
        os.kill(os.getpid(), signal_number)


def bare_environment(keep: str) -> dict[str, str]:
    """Only what every program needs, and the variables whose names begin with ``keep`` (none for the empty word)."""
    kept = {name: value for name, value in os.environ.items() if keep and name.startswith(keep)}
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **kept}


def main() -> None:
    started_by = os.getppid()
    parser = argparse.ArgumentParser()
    parser.add_argument("--user", default="")
    parser.add_argument("--on-parent-death", type=int, default=signal.SIGTERM)
    parser.add_argument("--parent-leads", action="store_true", help="the parent leads this session")
    parser.add_argument("--bare", action="store_true", help="hand on none of our environment, secrets included")
    parser.add_argument("--keep", default="", help="but those whose names begin so")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.user:
        uid, gid = options.user.split(":")
        user_become(int(uid), int(gid))
    if options.on_parent_death:  # after the change of user, which would clear it
        end_with_parent(options.on_parent_death, os.getsid(0) if options.parent_leads else started_by)
    environment = bare_environment(options.keep) if options.bare else dict(os.environ)
    os.execve(options.program[0], options.program, environment)


if __name__ == "__main__":
    main()
