"""``manage.py sync_messages``: bring the translation catalogues to what the code says."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from opinion_portal import catalogues


class Command(BaseCommand):
    """Extract every text, keep what is translated, build what Django reads. Needs no database."""

    help = "Brings the translation catalogues to what the code says, and compiles them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("rooms", nargs="*", metavar="ROOM", help="only these rooms (all when none is named)")
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument("--compile-only", action="store_true", help="only build the .mo files")
        kind.add_argument("--check", action="store_true", help="change nothing; fail when a catalogue is incomplete")
        kind.add_argument("--prune", action="store_true", help="also drop what is no longer used")

    def handle(self, *_args: Any, **options: Any) -> None:
        rooms = options["rooms"] or catalogues.rooms()
        if unknown := set(rooms) - set(catalogues.rooms()):
            raise CommandError(f"No such room: {', '.join(sorted(unknown))}")
        if options["check"]:
            self._check(rooms)
            return
        for room in rooms:
            changed = not options["compile_only"] and self._sync(room, prune=options["prune"])
            compiled = catalogues.catalogue_compile(room)
            if options["verbosity"] and (changed or compiled):
                self.stdout.write(f"{room}: {'updated' if changed else 'compiled'}")

    def _sync(self, room: str, *, prune: bool) -> bool:
        catalogue = catalogues.catalogue_read(room)
        catalogues.catalogue_merge(catalogue, catalogues.texts_of(room))
        if prune:
            catalogue[:] = [entry for entry in catalogue if not entry.obsolete]
        empty = len(catalogue.untranslated_entries())
        if empty:
            self.stdout.write(f"{room}: {empty} without a translation")
        return catalogues.catalogue_write(room, catalogue)

    def _check(self, rooms: list[str]) -> None:
        faults = [fault for room in rooms for fault in catalogues.catalogue_faults(room)]
        faults += catalogues.catalogue_contradictions()
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} faults in the translations", returncode=1)
        self.stdout.write("All texts are translated.")
