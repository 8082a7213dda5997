"""``python -m tests.soak --matters 2000 --seed 1``: play, come to rest, check; exit 1 when an invariant is broken."""

import argparse
import faulthandler
import os
import sys
import tempfile
import time
from pathlib import Path
from random import randrange

import django

from tests.soak.ground import Ground
from tests.support import servers


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--matters", type=int, default=2000, help="how many matters to play (2000)")
    parser.add_argument("--seed", type=int, default=None, help="decides every choice; a random one is printed")
    parser.add_argument("--seconds", type=int, default=3600, help="after so many it is ended, finished or not (3600)")
    parser.add_argument("--logs", type=Path, default=None, help="a folder in which logs and the carrier's books stay")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    seed = randrange(100_000) if options.seed is None else options.seed
    print(f"soak: {options.matters} matters, seed {seed}", flush=True)
    faulthandler.dump_traceback_later(options.seconds, exit=True)
    is_alone = servers.FOLDER_VARIABLE not in os.environ
    if is_alone:
        servers.session_plan()
        servers.session_start()
    try:
        with tempfile.TemporaryDirectory(prefix="opinion-portal-soak-") as folder:
            return soak(options.logs or Path(folder), options.matters, seed)
    finally:
        if is_alone:
            servers.session_stop()


def soak(folder: Path, matters: int, seed: int) -> int:
    """The soak itself; the exit code."""
    began = time.monotonic()
    ground = Ground(folder)
    try:
        ground.prepare()
        django.setup()
        from tests.soak.course import run  # reads the settings, which the ground has made just now

        return run(ground, matters, seed, began)
    finally:
        ground.remove()


if __name__ == "__main__":
    sys.exit(main())
