"""Run as a program on a portal of its own: ``queue N`` writes N questions and prints their keys, ``reconcile`` asks."""

import json
import os
import subprocess
import sys
import time

from opinion_portal.startup.embedded import embedded_servers
from opinion_portal.startup.places import CHECKOUT
from opinion_portal.waking import WINDOW
from tests.support.stack import PortalStack


def run(stack: PortalStack, *arguments: str) -> list[str]:
    """What this program printed for ``stack``."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.outbox", *arguments],
        env=os.environ | stack.environment(), cwd=CHECKOUT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed: list[str] = json.loads(done.stdout)
    return printed


def main() -> None:
    with embedded_servers():
        import django  # the environment is this portal's, not the tests'

        django.setup()
        from followup.sms.asking import sms_reconcile
        from opinion_portal import clock
        from tests.followup.sms_cast import queued, resident

        keys = []
        if sys.argv[1] == "queue":
            keys = [str(queued(resident()).key) for _ in range(int(sys.argv[2]))]
        else:
            sms_reconcile(now=clock.now())
        time.sleep(2 * WINDOW)  # the wake-up is sent from a thread
        print(json.dumps(keys))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")
    main()
