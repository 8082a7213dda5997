"""What a portal needs before it is opened, in one start of Django: migrations, reference data, first logins.

Run as a program with the file that keeps the logins until they were shown; prints one line of JSON:
``{"logins": [{role_name, username, password}, …], "link": "http://…"}``.
"""

import json
import os
import sys
from io import StringIO

import django
from django.core.management import call_command
from django.db import Error

from opinion_portal.database.faults import fault_said

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")


def _said(command: str, *arguments: str) -> str:
    output = StringIO()
    call_command(command, *arguments, stdout=output)
    return output.getvalue().strip()


def first_steps(not_shown: str) -> dict[str, object]:
    """Bring the database to what the code needs; safe to repeat. Logins stay in the file ``not_shown``."""
    call_command("check", stdout=sys.stderr)  # here a mistake is named; in the web server it would only not start
    call_command("migrate", interactive=False, stdout=sys.stderr)
    call_command("load_reference", stdout=sys.stderr)
    return {"logins": json.loads(_said("first_logins", "--keep", not_shown)), "link": _said("point_link")}


def main() -> None:
    django.setup()
    try:
        print(json.dumps(first_steps(sys.argv[1])))
    except Error as error:
        said = fault_said(error)
        if not said:
            raise
        sys.exit(said)


if __name__ == "__main__":
    main()
