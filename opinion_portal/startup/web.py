"""The web server: granian, two processes, each with an event loop and threads (``opinion_portal/rsgi.py``)."""

import gc
import importlib
import os
import signal
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import Server

from opinion_portal.startup.address import address_wanted
from opinion_portal.startup.child import end_with_parent

# Loaded once, before the processes are forked: a new one is there at once and shares the memory.
SHARED = ("opinion_portal.rsgi", "opinion_portal.urls")
TARGET = "opinion_portal.rsgi:application"
PROCESSES = 2
# Time for the answers under way when the server is asked to stop.
STOP_SECONDS = 15


def application_load(main_process: int, target: str) -> Callable[..., Any]:
    """The application, loaded in each process; none outlives a killed main process."""
    # Not SIGTERM: until granian's own handler is set, it would be lost.
    end_with_parent(signal.SIGKILL, main_process)
    module, _, name = target.partition(":")
    loaded: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return loaded


def main() -> None:
    for module in SHARED:
        importlib.import_module(module)
    # All this lives as long as the server: the collector need not look through it again and again. Nor after every 700
    # things made, of which a page makes thousands: that took a seventh of its time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)
    address = address_wanted()
    server = Server(
        TARGET,
        address=address.host,
        port=address.port,
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        loop=Loops.uvloop,
        websockets=False,
        workers=PROCESSES,
        workers_kill_timeout=STOP_SECONDS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
    )
    server.serve(target_loader=partial(application_load, os.getpid()))


if __name__ == "__main__":
    main()
