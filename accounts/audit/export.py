"""The audit log as CSV for a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator

from django.utils.timezone import localtime

from accounts.audit.texts import action_text, object_text
from accounts.models import AuditEvent
from opinion_portal.cells import cell_plain

HEADER = ["id", "time", "act", "action", "account", "kind", "record", "reason", "changed", "facts"]


class _Line:
    """A file for the csv writer that hands each line straight back."""

    def write(self, line: str) -> str:
        return line


def audit_csv(events: Iterable[AuditEvent]) -> Iterator[str]:
    """The lines of the file, header first; a byte order mark tells spreadsheets that it is UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff"
    yield writer.writerow(HEADER)
    for event in events:
        yield writer.writerow([cell_plain(value) for value in _cells(event)])


def _cells(event: AuditEvent) -> list[object]:
    return [
        event.id,
        localtime(event.at).isoformat(sep=" ", timespec="seconds"),
        action_text(event.action),
        event.action,
        event.actor_label,
        object_text(event.object_type),
        event.object_id,
        event.reason,
        " ".join(event.changed),
        event.data or "",
    ]
