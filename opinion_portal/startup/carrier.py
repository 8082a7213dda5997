"""The simulated SMS carrier of a portal that names no provider: a small program beside the portal, with its phones.

It is told everything by its environment and gets nothing else of the portal's: no key that seals or signs.
"""

import contextlib
import http.client
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from opinion_portal.startup import processes
from opinion_portal.startup.address import port_hold
from opinion_portal.startup.secrets import Secrets

HOST = "127.0.0.1"
PROVIDER = "simulated"
KEY_ID = "portal"
PREFIX = "CARRIER_"


@dataclass(frozen=True)
class Carrier:
    """One data folder and how to run the carrier on it. The port is chosen when it is prepared."""

    program: ClassVar = "carrier"

    folder: Path
    secrets: Secrets
    portal_port: int
    _held: list[socket.socket] = field(default_factory=list, init=False, repr=False, compare=False)

    @property
    def _port_file(self) -> Path:
        return self.folder / "port"

    def port(self) -> int:
        """The port of the last preparation; when there was none, the one it would like best."""
        with contextlib.suppress(OSError, ValueError):
            return int(self._port_file.read_text())
        return self.portal_port + 1

    def url(self) -> str:
        """Where the portal sends to, and where a person finds the phones."""
        return f"http://{HOST}:{self.port()}"

    def prepare(self) -> None:
        """Choose a free port, best the one after the portal's own, and hold it: the carrier starts seconds later."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        held = port_hold(HOST, range(self.portal_port + 1, self.portal_port + 10))
        self._held[:] = [held]
        self._port_file.write_text(f"{held.getsockname()[1]}\n")

    def command(self) -> list[str]:
        """The carrier in the foreground; it ends with its parent and sees its own variables alone."""
        program = [sys.executable, "-m", "followup.carrier"]
        return processes.child_command(program, bare=True, keep=PREFIX)

    def settings(self) -> dict[str, str]:
        """What the portal's settings read to send through it."""
        return {
            "SMS_PROVIDER": PROVIDER,
            "SMS_CARRIER_URL": self.url(),
            "SMS_CARRIER_KEY_ID": KEY_ID,
            "SMS_CARRIER_KEY_SECRET": self.secrets.derived("carrier"),
            "SMS_WEBHOOK_TOKEN": self.secrets.derived("sms webhook"),
        }

    def environment(self, settings: Mapping[str, str], portal: str) -> dict[str, str]:
        """What the carrier reads: where ``portal`` is, and its ``settings``, which a person may have given in part."""
        hooks = f"{portal.rstrip('/')}/hooks/sms/{settings['SMS_WEBHOOK_TOKEN']}"
        return {
            "CARRIER_DATA": str(self.folder),
            "CARRIER_PORT": str(self.port()),
            "CARRIER_KEY_ID": settings["SMS_CARRIER_KEY_ID"],
            "CARRIER_KEY_SECRET": settings["SMS_CARRIER_KEY_SECRET"],
            "CARRIER_REPORT_URL": f"{hooks}/report/",
            "CARRIER_REPLY_URL": f"{hooks}/reply/",
        }

    def answers(self) -> bool:
        """Whether its page of phones opens."""
        connection = http.client.HTTPConnection(HOST, self.port(), timeout=2)
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
