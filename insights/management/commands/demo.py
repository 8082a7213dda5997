"""`manage.py demo`: a believable half-month, so that every page has something to show."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from insights.demo.services import demo_play
from insights.demo.story import RATINGS
from opinion_portal import clock


class Command(BaseCommand):
    """Safe to run twice: every voice has its own id, and what was judged stays judged."""

    help = "Fill the portal with a believable half-month of demonstration data."

    def handle(self, *args: Any, **options: Any) -> None:
        # It may be the first command of all, on data that were never made.
        call_command("migrate", interactive=False, verbosity=0)
        call_command("load_reference", verbosity=0)
        with tqdm(total=RATINGS, desc="voices", unit="", disable=None) as bar:

            def progress(what: str, number: int) -> None:
                if what == "voices":
                    bar.update(number - bar.n)

            try:
                states = demo_play(now=clock.now(), progress=progress)
            except ValueError as refused:
                raise CommandError(str(refused)) from refused
        for state, count in sorted(states.items()):
            self.stdout.write(f"{state}: {count}")
