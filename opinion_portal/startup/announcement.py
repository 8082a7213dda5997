"""What the person at the terminal is told."""

import io
import sys
from pathlib import Path

import qrcode

WHITE_ON_BLACK, PLAIN = "\x1b[40;97m", "\x1b[0m"
LOGINS_SHOWN_BEFORE = (
    "Office logins were shown at the first run. A new password: .venv/bin/python manage.py reset_password USERNAME"
)


def say(text: str) -> None:
    """One step or one answer, at once."""
    print(text, flush=True)


def ready_text(address: str, logins: list[dict[str, str]], link: str, logs: Path, *, phones: str = "") -> str:
    """The block that ends the start: where, who, and one point to try it with; ``phones`` shows what is sent."""
    return "\n".join(
        [
            f"READY {address}",
            *_phone_lines(phones),
            "",
            *_login_lines(address, logins),
            "",
            f"A resident's link (scan it, or open it here): {link}",
            qr_text(link),
            f"Logs: {logs}   Stop: Ctrl-C",
        ]
    )


def _phone_lines(phones: str) -> list[str]:
    return [f"Phones {phones}/   (simulated: no SMS leaves this machine; read and answer them there)"] if phones else []


def _login_lines(address: str, logins: list[dict[str, str]]) -> list[str]:
    where = f"Office: {address}/office/"
    if not logins:
        return [where, LOGINS_SHOWN_BEFORE]
    rows = [f"  {login['username']:<10} {login['password']:<22} {login['role_name']}" for login in logins]
    return [where, "Logins made at this first run. They are shown this once; each asks for a new password:", *rows]


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
