#!/usr/bin/env python
"""Django's command line, with the embedded servers where no others are named."""

import os
import sys

from opinion_portal.startup.embedded import embedded_servers


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")
    from django.core.management import execute_from_command_line

    with embedded_servers():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
