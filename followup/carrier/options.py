"""What the program is told: on its command line, or in the environment, where secrets belong."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

DESCRIPTION = "A simulated SMS carrier for one machine: it sends nothing, it shows what would have been sent."
RETRY_SECONDS = "60,300,600"


class BadOption(ValueError):
    """An option is missing or makes no sense; the message names it."""


@dataclass(frozen=True)
class Options:
    """``report_url`` and ``reply_url`` are the portal's webhooks, empty for none; times are in seconds."""

    data: Path
    port: int
    key_id: str
    key_secret: str
    app_id: str
    report_url: str
    reply_url: str
    receipt_seconds: float
    retry_seconds: tuple[float, ...]


def options_read(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """Raises ``BadOption``. The secret is read from the environment alone: a command line is seen by everybody."""
    said = _parser(environment).parse_args(arguments)
    return Options(
        data=Path(said.data),
        port=int(_number("--port", said.port, 65535)),
        key_id=said.key_id,
        key_secret=_secret(environment),
        app_id=said.app_id,
        report_url=_url("--report-url", said.report_url),
        reply_url=_url("--reply-url", said.reply_url),
        receipt_seconds=_number("--receipt-seconds", said.receipt_seconds, 3600),
        retry_seconds=tuple(_number("--retry-seconds", part, 86400) for part in said.retry_seconds.split(",") if part),
    )


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m followup.carrier", description=DESCRIPTION)
    for name, default, text in (
        ("port", "8025", "where to listen on 127.0.0.1; 0 takes a free one"),
        ("data", "var/carrier", "the folder that keeps messages"),
        ("key-id", "simulated", "the key id (Aliyun) or secret id (Tencent) that callers sign with"),
        ("app-id", "1400000000", "the application (Tencent) that callers name"),
        ("report-url", "", "the portal's webhook for receipts"),
        ("reply-url", "", "the portal's webhook for replies"),
        ("receipt-seconds", "2", "how long a message travels"),
        ("retry-seconds", RETRY_SECONDS, "after how long a failed push is tried again, each time"),
    ):
        variable = f"CARRIER_{name.replace('-', '_').upper()}"
        parser.add_argument(
            f"--{name}", default=environment.get(variable) or default, help=f"{text} [{variable}, {default or 'none'}]"
        )
    return parser


def _secret(environment: Mapping[str, str]) -> str:
    path = environment.get("CARRIER_KEY_SECRET_FILE")
    secret = Path(path).read_text().strip() if path else environment.get("CARRIER_KEY_SECRET", "")
    if not secret:
        raise BadOption("CARRIER_KEY_SECRET (or CARRIER_KEY_SECRET_FILE) is missing: callers sign with it")
    return secret


def _number(name: str, written: str, most: float) -> float:
    try:
        number = float(written)
    except ValueError:
        raise BadOption(f"{name} is not a number") from None
    if not 0 <= number <= most:
        raise BadOption(f"{name} is a number from 0 to {most}")
    return number


def _url(name: str, written: str) -> str:
    try:
        parts = urlsplit(written)
        is_one = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0 and written.isascii()
    except ValueError:
        is_one = False
    if written and not is_one:
        raise BadOption(f"{name} is an address that begins with http:// or https://")
    return written
