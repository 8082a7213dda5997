"""``manage.py import_feedback FILE``: letters and ratings from CSV or XLSX. Safe to run twice and to interrupt."""

import argparse
from contextlib import nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import translation
from tqdm import tqdm

from accounts.models import Officer
from accounts.selectors import officers_by_username
from accounts.services import SYSTEM
from feedback.imports.columns import FIELDS, assign, lacks_text
from feedback.imports.reports import report_write
from feedback.imports.rows import Look, look
from feedback.imports.selectors import doubles_in_file, import_notes
from feedback.imports.services import ImportElsewhere, digest_of, import_begin, import_run
from feedback.imports.tables import FileProblem
from feedback.imports.wording import problem_text
from feedback.models import ImportBatch


class Command(BaseCommand):
    help = "Import feedback from a CSV (also .csv.gz) or XLSX file. Rows that are stored already are not doubled."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"what a column holds (name or #position): {', '.join(FIELDS)}; - leaves it unused; repeatable",
        )
        parser.add_argument("--no-text", action="store_true", help="the file holds ratings without any text")
        parser.add_argument("--source", help="where the rows come from; with a row's number it makes the row unique")
        parser.add_argument("--officer", help="the account in whose name the rows are stored")
        parser.add_argument("--report", type=Path, help="where to write the rows not taken (default: in DATA_DIR)")
        parser.add_argument("--rated-out", action="store_true", help="collected with gifts: leave out of the rates")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen; store nothing")

    def handle(self, *_args: Any, **options: Any) -> None:
        # A command speaks English like every command of Django; its report is for the office and speaks Chinese.
        try:
            with options["file"].open("rb") as stream, translation.override("en"):
                self._import(stream, options)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except FileProblem as problem:
            with translation.override("en"):
                raise CommandError(problem_text(problem.code, problem.line)) from problem
        except ImportElsewhere as error:
            raise CommandError("Another run is importing this file; it goes on.") from error

    def _import(self, stream: BinaryIO, options: dict[str, Any]) -> None:
        found = look(stream)
        columns = self._columns(found, options["map"], no_text=options["no_text"])
        self._say_columns(found, columns)
        # A dry run is the real run, taken back: what it says is what would happen.
        with transaction.atomic() if options["dry_run"] else nullcontext():
            batch = self._run(stream, found, columns, options)
            self._say_counts(batch, self._report(batch, options["report"]), dry_run=options["dry_run"])
            if options["dry_run"]:
                transaction.set_rollback(True)

    def _columns(self, found: Look, choices: list[str], *, no_text: bool) -> dict[str, list[int]]:
        pairs = [choice.rpartition("=") for choice in choices]
        try:
            columns = assign(found.names, {column: field for column, _, field in pairs})
        except KeyError as error:
            known = f"columns: {', '.join(found.names)}; fields: {', '.join(FIELDS)}"
            raise CommandError(f"--map: there is no {error.args[0]!r} ({known})") from error
        if lacks_text(found.names, columns, no_text=no_text):
            raise CommandError(_no_text_found(found.names, columns))
        return columns

    def _run(
        self, stream: BinaryIO, found: Look, columns: dict[str, list[int]], options: dict[str, Any]
    ) -> ImportBatch:
        officer = _officer(options["officer"])
        batch = import_begin(
            name=options["file"].name,
            digest=digest_of(stream),
            source=(options["source"] or options["file"].name.partition(".")[0])[:60],
            columns=columns,
            rows_total=found.rows_total,
            is_rated_out=options["rated_out"],
            actor=officer,
        )
        with tqdm(total=found.rows_total, unit=" rows", disable=None) as bar:
            return import_run(batch=batch, stream=stream, actor=officer or SYSTEM, advance=bar.update)

    def _report(self, batch: ImportBatch, path: Path | None) -> Path:
        path = path or Path(settings.DATA_DIR) / "imports" / f"import-{batch.pk}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8-sig", newline="") as out, translation.override(settings.LANGUAGE_CODE):
            report_write(import_notes(batch), out)
        return path

    def _say_columns(self, found: Look, columns: dict[str, list[int]]) -> None:
        self.stdout.write(_columns_listed(found.names, columns))
        for sheet in found.sheets_unread:
            self.stderr.write(self.style.WARNING(f"Only the first sheet with rows is read; not read: {sheet}"))

    def _say_counts(self, batch: ImportBatch, report: Path, *, dry_run: bool) -> None:
        doubles = doubles_in_file(batch)
        self.stdout.write(
            f"{'Would have ' if dry_run else ''}read {batch.rows_read} = taken {batch.rows_taken}"
            f" + already there {batch.rows_known} + refused {batch.rows_refused}"
            + (f" ({doubles} of them double a row of this file)" if doubles else "")
        )
        self.stdout.write(f"Report: {report}")


def _columns_listed(names: list[str], columns: dict[str, list[int]]) -> str:
    fields = {places[0]: field for field, places in columns.items()}
    return "\n".join(
        f"  #{position + 1} {name} " + (f"→ {fields[position]}" if position in fields else "(not used)")
        for position, name in enumerate(names)
    )


def _no_text_found(names: list[str], columns: dict[str, list[int]]) -> str:
    used = {places[0] for field, places in columns.items() if field != "title"}
    example = next((name for position, name in enumerate(names) if position not in used), names[0])
    return (
        f"{problem_text('lacks_text')} Nothing was stored. The columns of the file:\n"
        f"{_columns_listed(names, columns)}\n"
        f'Say which column holds the text, for example --map "{example}=content"; '
        "for a file of ratings alone say --no-text."
    )


def _officer(username: str | None) -> Officer | None:
    if username is None:
        return None
    officer = officers_by_username([username]).first()
    if officer is None:
        raise CommandError(f"--officer: there is no account {username!r}")
    return officer
