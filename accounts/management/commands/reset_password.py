"""``manage.py reset_password USERNAME``: the way back in for whoever may use the server's command line."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.selectors import officer_by_username
from accounts.services import SYSTEM, password_reset


class Command(BaseCommand):
    """Print a new first password once; it must be changed at the next login. Also lifts a lock."""

    help = "Gives an account a new first password, lifts its lock, and prints the password once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username", help="the account, as typed at the login page")

    def handle(self, *_args: Any, **options: Any) -> None:
        officer = officer_by_username(options["username"])
        if officer is None:
            raise CommandError(f"No account is named {options['username']}.")
        self.stdout.write(password_reset(officer=officer, actor=SYSTEM, reason="manage.py reset_password"))
