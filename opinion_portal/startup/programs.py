"""The command lines of the portal's own processes: the same on one machine, in a container and in the tests."""

import sys
from pathlib import Path


def web() -> list[str]:
    return [sys.executable, "-m", "opinion_portal.startup.web"]


def worker() -> list[str]:
    return [sys.executable, "-m", "opinion_portal.startup.worker"]


def beat(memory: Path) -> list[str]:
    """``memory`` is the file in which beat keeps when it last sent what; losing it is harmless."""
    options = ["--schedule", str(memory), "--pidfile=", "--loglevel", "WARNING"]
    return [sys.executable, "-m", "celery", "--app", "opinion_portal", "--skip-checks", "beat", *options]
