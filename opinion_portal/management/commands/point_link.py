"""Print one resident link: what a phone opens after scanning a poster."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from stations.links import point_url
from stations.selectors import live_code_first


class Command(BaseCommand):
    help = "Print the resident link of a sensing point with a live code (the first one, or the one named)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("point", nargs="?", default="", help="the point's number, e.g. SH-001")

    def handle(self, *_args: Any, **options: Any) -> None:
        code = live_code_first(options["point"])
        if code is None:
            raise CommandError("No such sensing point with a live code; run load_reference first.")
        self.stdout.write(point_url(code.code))
