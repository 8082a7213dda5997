"""The words for what an import has to say: fields, reasons why a row was not taken, why a file cannot be read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from feedback.imports.tables import MAX_COLUMNS, MAX_ROWS, MAX_UNPACKED
from feedback.models import ImportNote

FIELDS: dict[str, Promise] = {
    "source_id": _("Number at the source"),
    "source": _("Source"),
    "title": _("Title"),
    "content": _("Text"),
    "said_at": _("Time"),
    "kind": _("Kind"),
    "service_rating": _("Rating of the service"),
    "safety_rating": _("Sense of safety"),
    "point": _("Point or poster code"),
    "phone": _("Phone number"),
    "consent": _("Consent to being contacted"),
    "no_call": _("No phone call, please"),
    "row": _("Whole row"),
}

REASONS: dict[str, Promise] = {
    "says_nothing": _("Neither a text nor a rating"),
    "text_too_long": _("The text is longer than 100,000 characters"),
    "time_unreadable": _("The time cannot be read"),
    "time_out_of_range": _("The time lies in the future or before 1990"),
    "grade_unreadable": _("The grade is not one of 1 to 5 or of the words of the scale"),
    "more_cells_than_columns": _("The row has more cells than the header has columns"),
    "double_in_file": _("The same as row %(row)s of this file"),
    "number_used": _("The number already belongs to another text"),
    "database_refused": _("The row could not be stored"),
    "kind_unknown": _("The kind is not known; taken without it"),
    "phone_without_consent": _("No consent to keep the phone number; taken without it"),
    "phone_unreadable": _("The phone number cannot be read; taken without it"),
    "answer_unreadable": _("Neither yes nor no; taken as yes"),
}

_MEGABYTES = MAX_UNPACKED // (1024 * 1024)
PROBLEMS: dict[str, Promise] = {
    "empty": _("The file is empty."),
    "header_only": _("The file has a header but no rows below it."),
    "not_a_table": _("The file is not a table: it is neither CSV text nor an Excel workbook (.xlsx)."),
    "old_excel": _("This is an old or encrypted Excel workbook. Please save it as .xlsx or CSV, without a password."),
    "broken": _("The file is damaged and cannot be read to its end."),
    "too_large": _("Unpacked, the file is larger than %(limit)s MB. Please split it."),
    "too_many_rows": _("The file has more than %(limit)s rows. Please split it."),
    "too_many_columns": _("The file has more than %(limit)s columns."),
    "unclosed_quote": _("A quotation mark opens a text and never closes it."),
    "lacks_text": _("No column is taken for the text of the letters."),
    "discarded": _("Discarded before it was run; the file was deleted."),
    "forgotten": _("Nobody ran it within a day; the file was deleted."),
}
_LIMITS = {"too_large": _MEGABYTES, "too_many_rows": f"{MAX_ROWS:,}", "too_many_columns": MAX_COLUMNS}


def problem_text(code: str, line: int | None = None) -> str:
    """Why a file cannot be read, in the present language; ``line`` adds where."""
    text = str(PROBLEMS[code]) % ({"limit": _LIMITS[code]} if code in _LIMITS else {})
    return text if line is None else text + str(_("(near line %(line)s)")) % {"line": line}


def reason_text(note: ImportNote) -> str:
    """Why a row was not taken, or what of it was left out, in the present language."""
    text = str(REASONS[note.reason])
    return text if note.same_as_row is None else text % {"row": note.same_as_row}


def field_text(code: str) -> str:
    """A field's name in the present language."""
    return str(FIELDS[code])
