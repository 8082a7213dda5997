"""A portal of its own for measuring: durable servers and the web as in `make run`, gone afterwards."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from opinion_portal.startup import programs
from opinion_portal.startup.embedded import embedded_servers, environment_set

CHECKOUT = Path(__file__).resolve().parent.parent
READY_SECONDS = 60.0
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "RECEIPT_KEY", "SEALING_KEYS", "PUBLIC_BASE_URL", "DATA_DIR")


@contextmanager
def portal() -> Iterator[int]:
    """Run a portal with reference data; yields its port. The settings are in ``os.environ`` inside."""
    for name in OURS:  # a benchmark never touches a portal that exists
        os.environ.pop(name, None)
    port = _free_port()
    with (
        tempfile.TemporaryDirectory(prefix="portal-bench-") as folder,
        environment_set({"PORT": str(port), "DJANGO_SETTINGS_MODULE": "opinion_portal.settings"}),
    ):
        Path(folder).chmod(0o755)
        with embedded_servers(folder, arguments=["migrate"]):
            for command in (["migrate", "--verbosity", "0"], ["load_reference"]):
                subprocess.run([sys.executable, "manage.py", *command], cwd=CHECKOUT, check=True, capture_output=True)
            with _web(port):
                yield port


@contextmanager
def _web(port: int) -> Iterator[None]:
    process = subprocess.Popen(programs.web(), cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_ready(port, process)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _wait_ready(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/", timeout=2):
            return
        time.sleep(0.1)
    raise RuntimeError("the web server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
