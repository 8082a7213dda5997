"""The list as a CSV that Excel opens: redacted unless the reader reads in full, and no cell a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from feedback.models import Channel, Feedback, Kind, State
from opinion_portal.cells import cell_plain
from opinion_portal.clock import BUREAU_ZONE

EXPORT_CAP = 5000
_BYTE_ORDER_MARK = "\ufeff"


def rows_to_export(found: QuerySet[Feedback]) -> list[Feedback]:
    """The newest 5,000 rows, with all that a line names."""
    wide = found.select_related("point", "point__station", "item", "suggestion__item", "about_unit")
    return list(wide.defer("search").order_by(F("id").desc())[:EXPORT_CAP])


def feedback_csv(rows: Iterable[Feedback], *, in_full: bool, mark: str) -> str:
    """The file's text. ``mark`` (who, when, which audit row) stands in the last line."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(_header())
    writer.writerows(map(cell_plain, _line(row, in_full)) for row in rows)
    writer.writerow([cell_plain(mark)])
    return _BYTE_ORDER_MARK + file.getvalue()


def _header() -> list[str]:
    return [
        *(_("Number"), _("Received at"), _("Said at"), _("Channel"), _("Point"), _("Station"), _("Kind"), _("State")),
        *(_("Item"), _("Suggested item"), _("Rating of the service"), _("Sense of safety"), _("Text"), _("About unit")),
    ]


def _line(row: Feedback, in_full: bool) -> Sequence[object]:
    suggested = row.suggestion.item if row.suggestion else None
    return [
        row.reference,
        row.received_at.astimezone(BUREAU_ZONE).strftime("%Y-%m-%d %H:%M"),
        row.said_at.astimezone(BUREAU_ZONE).strftime("%Y-%m-%d"),
        Channel(row.channel).label,
        row.point or "",
        row.point.station if row.point else "",
        Kind(row.kind).label if row.kind else "",
        State(row.state).label,
        row.item or "",
        suggested or "",
        row.service_rating,
        row.safety_rating,
        row.content if in_full else row.redacted,
        row.about_unit or "",
    ]
