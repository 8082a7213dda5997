"""Where one portal keeps everything: the folder that ``DATA_DIR`` names, and the locks inside it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from opinion_portal.startup.problem import StartupProblem

CHECKOUT = Path(__file__).resolve().parent.parent.parent
USUAL_FOLDER = CHECKOUT / "var"


@dataclass(frozen=True)
class DataFolder:
    """One portal's data: secrets, clusters, logs. Everything to be backed up lies under ``path``."""

    path: Path

    @property
    def secrets(self) -> Path:
        return self.path / "secrets.json"

    @property
    def first_logins(self) -> Path:
        """The first office logins, until the terminal has shown them."""
        return self.path / "first_logins.json"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        """Locks and what the running processes write for one another."""
        return self.path / "run"

    @property
    def portal_lock(self) -> Path:
        """Held by `make run` as long as its portal runs."""
        return self.run / "portal.lock"

    @property
    def servers_lock(self) -> Path:
        """Held alone while servers are started or stopped."""
        return self.run / "servers.lock"

    @property
    def users_lock(self) -> Path:
        """Shared by everything that uses the servers: the last one to leave stops them."""
        return self.run / "users.lock"

    @property
    def valkey(self) -> Path:
        return self.path / "valkey"

    @property
    def carrier(self) -> Path:
        """What the simulated SMS carrier keeps: messages, replies, its port."""
        return self.path / "carrier"


def folder_path(given: str | Path | None = None) -> Path:
    """``given``, else ``DATA_DIR``, else ``var/`` in the checkout; nothing is made."""
    return Path(given or os.environ.get("DATA_DIR") or USUAL_FOLDER).absolute()


def data_folder(given: str | Path | None = None) -> DataFolder:
    """The folder at ``folder_path(given)``, made and writable.

    Raises StartupProblem when it cannot be used.
    """
    path = folder_path(given)
    folder = DataFolder(path)
    try:
        _owner_check(folder)
        if not path.exists():
            path.mkdir(parents=True)
            # As root the servers' own user has to pass through; nobody needs to list it.
            path.chmod(0o711 if os.geteuid() == 0 else 0o700)
        for part in (folder.logs, folder.run):
            part.mkdir(mode=0o700, exist_ok=True)
        (folder.run / "writable").write_text("")
    except OSError as error:
        raise StartupProblem(f"The data folder {path} cannot be used: {_reason(error)}.") from error
    return folder


def _owner_check(folder: DataFolder) -> None:
    # Root could write here, but its files would then keep the owner out.
    if folder.secrets.exists() and (owner := folder.secrets.stat().st_uid) != os.geteuid():
        raise StartupProblem(f"The data in {folder.path} belongs to the user with number {owner}: run as that user.")


def _reason(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror}{where}"


def lock_open(path: Path) -> int:
    """A descriptor to lock ``path`` with; the caller closes it. The kernel frees the lock of a killed process."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def lock_try(descriptor: int, *, exclusive: bool) -> bool:
    """Take the lock without waiting; whether it was free."""
    try:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_leave(descriptor: int) -> None:
    """Give the lock back, keep the descriptor."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold ``path`` alone for a moment, waiting for whoever has it."""
    descriptor = lock_open(path)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
