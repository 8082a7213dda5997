#!/usr/bin/env python
"""Django's command line, with the portal's own servers where no others are named."""

import os
import signal
import sys

from environs import EnvError

from opinion_portal.startup.embedded import embedded_servers
from opinion_portal.startup.problem import StartupProblem


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")
    # Leaves by the normal way out, where the servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with embedded_servers():
            from django.core.management import execute_from_command_line

            execute_from_command_line(sys.argv)
    except (StartupProblem, EnvError) as problem:
        sys.exit(f"{problem}")


if __name__ == "__main__":
    main()
