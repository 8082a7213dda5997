"""``manage.py verify_tallies``: do the tallies equal the source rows, day by day?"""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from insights.services import tallies_recheck, tallies_refresh
from opinion_portal import clock

_NAMED = 50


class Command(BaseCommand):
    help = "Recount every day from the source rows and compare; names each day, point, dimension and key that differs."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--repair", action="store_true", help="write the right counts")

    def handle(self, *_args: Any, repair: bool, **_options: Any) -> None:
        tallies_refresh(now=clock.now())
        differing = tallies_recheck(now=clock.now(), repair=repair)
        for key in differing[:_NAMED]:
            self.stdout.write(f"differs: {key}")
        if len(differing) > _NAMED:
            self.stdout.write(f"… and {len(differing) - _NAMED} more")
        if differing and not repair:
            raise CommandError(f"{len(differing)} counts differ from their source rows; --repair mends them.")
        self.stdout.write(f"{len(differing)} counts mended." if differing else "The tallies equal the source rows.")
