"""The report of an import: one line for every row not taken, and for every row of which something was left out."""

import csv
from collections.abc import Iterable
from typing import TextIO

from django.utils.translation import gettext as _

from feedback.imports.wording import field_text, reason_text
from feedback.models import ImportNote
from opinion_portal.cells import cell_plain


def report_write(notes: Iterable[ImportNote], out: TextIO) -> None:
    """Write the report as CSV in the present language. Nothing that was said stands in it."""
    writer = csv.writer(out)
    writer.writerow([_("Row"), _("Number at the source"), _("Column"), _("Outcome"), _("Reason")])
    for note in notes:
        outcome = _("Not taken") if note.is_refused else _("Taken")
        writer.writerow([note.row, cell_plain(note.source_id), field_text(note.field), outcome, reason_text(note)])
