"""``python -m opinion_portal.startup``: what `make run` starts once everything is installed."""

import signal
import sys


def main() -> None:
    # Until the launcher has its own way of stopping, Ctrl-C simply ends this: nothing runs yet.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from opinion_portal.startup.announcement import output_safe
    from opinion_portal.startup.launcher import StopAsked, portal_run
    from opinion_portal.startup.problem import StartupProblem

    output_safe()
    try:
        portal_run()
    except StartupProblem as problem:
        sys.exit(f"{problem}")
    except StopAsked:
        sys.exit(1)


if __name__ == "__main__":
    main()
