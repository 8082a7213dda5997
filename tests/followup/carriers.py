"""A simulated carrier as a real process, and a webhook that stands in for the portal's."""

import json
import os
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from followup.sms.providers import provider_from
from followup.sms.providers.base import Provider
from tests.support.programs import Program, until

KEY_ID, SECRET, APP_ID = "test-key", "test-secret", "1400000001"
# Answers both providers' rules for "taken".
TAKEN = b'{"code":0,"msg":"OK","result":0,"errmsg":"OK"}'


def now() -> datetime:
    return datetime.now(UTC)


class CarrierProgram(Program):
    """A carrier on a free port, which it keeps when it is started again."""

    def __init__(self, folder: Path, **options: str) -> None:
        secret = {"CARRIER_KEY_ID": KEY_ID, "CARRIER_KEY_SECRET": SECRET, "CARRIER_APP_ID": APP_ID}
        defaults = {
            "port": "0",
            "report_url": "",
            "reply_url": "",
            "receipt_seconds": "0.1",
            "retry_seconds": "0.1,0.1",
        }
        chosen = {f"CARRIER_{name.upper()}": value for name, value in (defaults | options).items()}
        environment = secret | chosen | {"CARRIER_DATA": str(folder / "carrier"), "CARRIER_KEY_SECRET_FILE": ""}
        super().__init__([sys.executable, "-m", "followup.carrier"], environment, folder / "carrier.log")
        self.log.touch()
        self._log_start = 0

    def start(self) -> None:
        self._log_start = self.log.stat().st_size
        super().start()
        self.environment["CARRIER_PORT"] = str(self.port)

    def works(self) -> bool:
        return bool(self._ready())

    def _ready(self) -> str:
        found = re.search(r"READY http://127\.0\.0\.1:(\d+)", self.log.read_text()[self._log_start :])
        return found[1] if found else ""

    @property
    def port(self) -> int:
        chosen = self.environment["CARRIER_PORT"]
        return int(self._ready() if chosen == "0" else chosen)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, Mapping[str, str]]:
        """Status, text and headers of one answer; a redirect is not followed."""
        request = urllib.request.Request(self.url + path, body, dict(headers or {}))  # noqa: S310 (this machine)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
        try:
            with opener.open(request, timeout=10) as answer:
                return answer.status, answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(), dict(error.headers)

    def order(self, *, seed: int = 0, late_seconds: float = 1, **faults: Mapping[str, float]) -> None:
        """Have these faults from now on, and no others."""
        order = {"seed": seed, "late_seconds": late_seconds, "faults": faults}
        status, text, _ = self.ask("/control/faults", json.dumps(order).encode())
        assert status == 200, text

    def known(self) -> dict[str, list[dict[str, Any]]]:
        """``messages``, ``replies`` and ``pushes`` as the carrier has them."""
        found: dict[str, list[dict[str, Any]]] = json.loads(self.ask("/control/messages")[1])
        return found

    def sent(self, key: str) -> list[dict[str, Any]]:
        """Every message that was accepted under ``key``."""
        return [message for message in self.known()["messages"] if message["key"] == key]

    def reply(self, phone: str, text: str) -> int:
        """Write back from ``phone`` as its page does; the page's status (303 when it went through)."""
        newest = re.search(r'name="message" value="(\d+)"', self.ask(f"/phone/{phone}")[1])
        form = {"text": text, "message": newest[1] if newest else ""}
        headers = {"Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        return self.ask(f"/phone/{phone}", urllib.parse.urlencode(form).encode(), headers)[0]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Sink(ThreadingHTTPServer):
    """Keeps what is pushed to it. ``answers`` are given first, as (status, body); then everything is taken."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SinkHandler)
        self.bodies: defaultdict[str, list[bytes]] = defaultdict(list)
        self.answers: deque[tuple[int, bytes]] = deque()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def wait(self, path: str, count: int = 1, seconds: float = 10) -> list[bytes]:
        """The bodies that came to ``path``, once there are ``count``."""
        until(lambda: len(self.bodies[path]) >= count, seconds)
        return self.bodies[path]

    def clear(self) -> None:
        self.answers.clear()
        self.bodies.clear()


class _SinkHandler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies[urllib.parse.urlsplit(self.path).path].append(body)
        status, answer = self.server.answers.popleft() if self.server.answers else (200, TAKEN)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def sink_running() -> Iterator[Sink]:
    """A webhook with the paths ``/report`` and ``/reply``."""
    sink = Sink()
    Thread(target=sink.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield sink
    finally:
        sink.shutdown()
        sink.server_close()


@contextmanager
def carrier_running(folder: Path, sink: Sink | None = None, **options: str) -> Iterator[CarrierProgram]:
    """A carrier that pushes to ``sink``; options as in its environment, without ``CARRIER_`` and in lower case."""
    urls = {"report_url": sink.url("/report"), "reply_url": sink.url("/reply")} if sink else {}
    carrier = CarrierProgram(folder, **urls | options)
    carrier.start()
    try:
        yield carrier
    finally:
        carrier.stop()


def provider_config(name: str, port: int, **changes: str) -> dict[str, str]:
    """What a portal that sends through the carrier on ``port`` as provider ``name`` is configured with."""
    place = {"ENDPOINT": f"127.0.0.1:{port}", "PROTOCOL": "http"}
    own = {
        "simulated": {
            "SMS_CARRIER_URL": f"http://127.0.0.1:{port}", "SMS_CARRIER_KEY_ID": KEY_ID,
            "SMS_CARRIER_KEY_SECRET": SECRET,
        },
        "aliyun": {"SMS_ALIYUN_ACCESS_KEY_ID": KEY_ID, "SMS_ALIYUN_ACCESS_KEY_SECRET": SECRET}
        | {f"SMS_ALIYUN_{part}": value for part, value in place.items()},
        "tencent": {
            "SMS_TENCENT_SECRET_ID": KEY_ID, "SMS_TENCENT_SECRET_KEY": SECRET, "SMS_TENCENT_APP_ID": APP_ID,
        }
        | {f"SMS_TENCENT_{part}": value for part, value in place.items()},
    }[name]  # fmt: skip
    return {"SMS_PROVIDER": name, **own, **changes}


SECRET_VARIABLES = {
    "simulated": "SMS_CARRIER_KEY_SECRET",
    "aliyun": "SMS_ALIYUN_ACCESS_KEY_SECRET",
    "tencent": "SMS_TENCENT_SECRET_KEY",
}


def provider_for(name: str, carrier: CarrierProgram, **changes: str) -> Provider:
    """A provider that sends through ``carrier``. Its patience is short, for tests that let it run out."""
    return provider_from(provider_config(name, carrier.port, **{"SMS_READ_SECONDS": "5", **changes}), clock=now)


def phone_new() -> str:
    """A number that no other test of this run has used: the carrier counts messages per number."""
    return f"13{time.time_ns() // 1000 % 10**9:09d}"


def no_proxies() -> list[str]:
    """The names of the variables that would lead the SDKs away from this machine."""
    return [name for name in os.environ if name.lower() in {"http_proxy", "https_proxy", "all_proxy", "no_proxy"}]
