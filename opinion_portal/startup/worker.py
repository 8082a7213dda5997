"""The Celery worker: two processes, none of which outlives a killed main process."""

import os
import signal
from typing import Any

from celery.signals import worker_process_init

from opinion_portal.celery import app
from opinion_portal.startup.child import end_with_parent

PROCESSES = 2
# Read in the main process; those it forks inherit the number.
MAIN_PROCESS = os.getpid()


@worker_process_init.connect
def _end_with_worker(**_kwargs: Any) -> None:
    # At once: its transaction is rolled back, and the sweep finds the work again.
    end_with_parent(signal.SIGKILL, MAIN_PROCESS)


def main() -> None:
    options = ["--concurrency", str(PROCESSES), "--without-gossip", "--without-mingle", "--loglevel", "WARNING"]
    # Django's checks look at the code, as the tests have done; they would load every page to do so.
    app.worker_main(["--skip-checks", "worker", *options])


if __name__ == "__main__":
    main()
