"""``python -m followup.carrier``: see ``--help``. Says ``READY http://…`` once it listens; stops at once when asked."""

import fcntl
import logging
import os
import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from threading import Event, Thread

from followup.carrier.exchange import Exchange
from followup.carrier.options import BadOption, Options, options_read
from followup.carrier.pushing import Pusher
from followup.carrier.server import CarrierServer, Desk
from followup.carrier.store import Store


def folder_claim(folder: Path) -> TextIOWrapper:
    """Make the folder this process's own for as long as the file stays open: two would push everything twice."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise BadOption(f"another carrier works in {folder}") from None
    return lock


def run(options: Options, stopping: Event) -> None:
    """Serve until ``stopping`` is set. Raises ``BadOption`` when the folder or the port is taken."""
    with folder_claim(options.data):
        exchange = Exchange(Store(options.data), options)
        try:
            server = CarrierServer(options.port, Desk(exchange, stopping))
        except OSError as error:
            raise BadOption(f"--port {options.port} cannot be used: {error.strerror}") from None
        Pusher(exchange).start()
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        print(f"READY http://127.0.0.1:{server.server_port}", flush=True)
        stopping.wait()
        server.shutdown()
        server.server_close()


def main() -> None:
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s carrier %(message)s", stream=sys.stderr)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        run(options_read(sys.argv[1:]), stopping)
    except BadOption as problem:
        sys.exit(f"{problem}")
    # At once: what other threads have half done is done again (a push) or stored whole (a message), but an orderly
    # end of the interpreter would wait for the locks that they hold on the log.
    os._exit(0)


if __name__ == "__main__":
    main()
