"""The secrets of a portal that runs on one machine: made at the first use, kept in a file only its owner reads."""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from opinion_portal.files import private_write
from opinion_portal.startup.problem import StartupProblem


@dataclass(frozen=True)
class Secrets:
    """Keys in the form the settings read them (32 bytes, base64); passwords are URL-safe."""

    secret_key: str
    receipt_key: str
    sealing_keys: str
    database_password: str
    database_owner_password: str
    valkey_password: str

    def environment(self) -> dict[str, str]:
        """What the settings read, by the name of the variable."""
        return {
            "SECRET_KEY": self.secret_key,
            "RECEIPT_KEY": self.receipt_key,
            "SEALING_KEYS": self.sealing_keys,
        }

    def derived(self, purpose: str) -> str:
        """A further secret, URL-safe, that follows from these: it needs no place of its own in the file."""
        digest = hmac.digest(self.secret_key.encode(), f"derived|{purpose}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def secrets_new() -> Secrets:
    """Fresh secrets, not stored anywhere."""
    return Secrets(
        secret_key=secrets.token_urlsafe(50),
        receipt_key=_key(),
        sealing_keys=f"k1:{_key()}",
        database_password=secrets.token_urlsafe(24),
        database_owner_password=secrets.token_urlsafe(24),
        valkey_password=secrets.token_urlsafe(24),
    )


def secrets_load_or_make(path: Path) -> Secrets:
    """The secrets in ``path``; new ones are stored there first, whole or not at all.

    Raises StartupProblem when the file is there but cannot be read.
    """
    if not path.exists():
        private_write(path, json.dumps(asdict(secrets_new()), indent=1))
    try:
        return Secrets(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise StartupProblem(f"The secrets in {path} cannot be read: put the file back from a backup.") from error
