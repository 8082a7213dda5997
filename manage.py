#!/usr/bin/env python
"""Django's command line, with the portal's own servers where no others are named."""

import os
import signal
import sys


def main() -> None:
    # While the packages are read nothing runs yet: Ctrl-C simply ends this.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from environs import EnvError

    from opinion_portal.startup.embedded import embedded_servers
    from opinion_portal.startup.problem import StartupProblem

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Leaves by the normal way out, where the servers are stopped.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        with embedded_servers():
            _command_run()
    except (StartupProblem, EnvError) as problem:
        sys.exit(f"{problem}")
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)


def _command_run() -> None:
    """Raises StartupProblem for what a person has to put right; ``--traceback`` shows where it happened."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import BaseCommand, execute_from_command_line
    from django.db import Error

    from opinion_portal.database.faults import fault_said
    from opinion_portal.startup.problem import StartupProblem

    # The checks look at the code, as the tests have done, and load every page for it: `check` and `migrate` make them.
    BaseCommand.requires_system_checks = []
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        raise StartupProblem(str(error)) from error
    except Error as error:
        said = "" if "--traceback" in sys.argv else fault_said(error)
        if not said:
            raise
        raise StartupProblem(said) from error


if __name__ == "__main__":
    main()
