"""Run as a program before the tests: everything a running portal needs, in one start of Django."""

import os
import shutil
from contextlib import suppress
from io import StringIO
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from feedback.classifier import classifier_load
from feedback.classifier.store import version
from opinion_portal.startup.places import CHECKOUT, locked
from opinion_portal.startup.postgres import DATABASE
from tests.support import quick, servers


def assets_make() -> None:
    """Translations and static files where a source is newer than what was made of it; shared by parallel runs."""
    root = Path(settings.STATIC_ROOT)
    root.parent.mkdir(exist_ok=True)
    with locked(root.parent / "assets.lock"):
        if _older(CHECKOUT / "locale", ".po", ".mo"):
            call_command("sync_messages", compile_only=True, verbosity=0)
        manifest = root / "staticfiles.json"
        if not manifest.exists() or _newest(CHECKOUT / "static") > manifest.stat().st_mtime:
            call_command("collectstatic", interactive=False, verbosity=0)
            os.utime(manifest)


def model_make() -> None:
    """The classifier, learnt once for all runs: scikit-learn alone takes each process seconds to load."""
    kept, here = CHECKOUT / "var" / "models", Path(settings.DATA_DIR) / "models"
    classifier_load(kept)
    here.mkdir(exist_ok=True)
    with suppress(OSError):  # another user's checkout: then each portal learns for itself
        shutil.copy(kept / f"classifier-{version()}.npz", here)


def _newest(folder: Path) -> float:
    return max((path.stat().st_mtime for path in folder.rglob("*")), default=0.0)


def _older(folder: Path, source: str, product: str) -> bool:
    """Whether a source has no product, or an older one."""
    pairs = [(path, path.with_suffix(product)) for path in folder.rglob(f"*{source}")]
    return any(not made.exists() or made.stat().st_mtime < path.stat().st_mtime for path, made in pairs)


def main() -> None:
    django.setup()
    assets_make()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("load_reference", verbosity=0)
    model_make()
    connection.close()
    servers.database_clone(servers.TEMPLATE, DATABASE)
    # From here on for whole portals alone.
    quick.passwords_hash_cheaply()
    call_command("first_logins", keep=Path(settings.DATA_DIR) / servers.LOGINS, stdout=StringIO())


if __name__ == "__main__":
    main()
