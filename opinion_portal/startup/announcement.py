"""What the person at the terminal is told."""

import io
import os
import shlex
import sys
from dataclasses import dataclass
from urllib.parse import urlsplit

import qrcode

from opinion_portal.hosts import is_loopback
from opinion_portal.startup.address import Address
from opinion_portal.startup.places import USUAL_FOLDER, DataFolder

WHITE_ON_BLACK, PLAIN = "\x1b[40;97m", "\x1b[0m"


@dataclass(frozen=True)
class Ready:
    """What is known once a portal answers; ``phones`` is where simulated SMS are shown, ``link`` a resident's."""

    address: Address
    public: str
    data: DataFolder
    logins: list[dict[str, str]]
    link: str
    phones: str = ""


def say(text: str) -> bool:
    """One step or one answer, at once; whether somebody may have read it."""
    try:
        print(text, flush=True)
    except OSError:  # the terminal or the pipe is gone; Python must not try again on its way out
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def ready_text(ready: Ready) -> str:
    """The block that ends the start: where, who, and one point to try it with."""
    return "\n".join(
        [
            f"READY {ready.address}",
            *_phone_lines(ready.phones),
            "",
            *_login_lines(ready),
            "",
            f"A resident's link (scan it, or open it here): {ready.link}",
            qr_text(ready.link),
            *_network_lines(ready.address, ready.public),
            f"Logs: {ready.data.logs}   Stop: Ctrl-C",
        ]
    )


def _phone_lines(phones: str) -> list[str]:
    return [f"Phones {phones}/   (simulated: no SMS leaves this machine; read and answer them there)"] if phones else []


def _login_lines(ready: Ready) -> list[str]:
    where = f"Office: {ready.address}/office/"
    if not ready.logins:
        return [where, f"Office logins were shown before. A new password: {reset_command(ready.data)}"]
    rows = [f"  {login['username']:<10} {login['password']:<22} {login['role_name']}" for login in ready.logins]
    return [where, "Office logins, shown this once: write them down. Each asks for a new password:", *rows]


def reset_command(data: DataFolder) -> str:
    """What to type for a new password on this data."""
    folder = "" if data.path == USUAL_FOLDER else f"DATA_DIR={shlex.quote(str(data.path))} "
    return f"{folder}.venv/bin/python manage.py reset_password USERNAME"


def _network_lines(address: Address, public: str) -> list[str]:
    """Who can reach the portal, and how a phone can."""
    if not is_loopback(address.near) or address.everywhere:
        return [f"Open to your network at {public}/   (without TLS: for a trial in a network you trust)"]
    if not is_loopback(urlsplit(public).hostname or ""):
        return [f"Codes lead to {public}, but this portal listens to this machine alone: HOST=0.0.0.0 opens it."]
    return ["Open to this machine alone. For a phone in the same network: HOST=0.0.0.0 make run"]


def qr_text(link: str) -> str:
    """The link as a QR code of half blocks, dark on light as cameras expect it, whatever the terminal's colours."""
    code = qrcode.QRCode(border=2)
    code.add_data(link)
    picture = io.StringIO()
    code.print_ascii(out=picture, invert=True)
    if not sys.stdout.isatty():
        return picture.getvalue()
    return "\n".join(f"{WHITE_ON_BLACK}{line}{PLAIN}" for line in picture.getvalue().splitlines())


def output_safe() -> None:
    """A terminal without Unicode gets question marks, not a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
