"""What the acts of this room are called in the audit log."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from measures.texts import MOVE_TEXTS

ACTIONS: dict[str, Promise] = {f"matter.{move}": text for move, text in MOVE_TEXTS.items()} | {
    "matter.view": _("Read a matter"),
    "matter.list": _("Looked at a list of matters"),
    "matter.evidence_view": _("Looked at evidence"),
    "measure.add": _("Added a measure"),
    "measure.edit": _("Changed a measure"),
    "plan.progress": _("Noted progress of a measure"),
    "plan.document": _("Replaced the document of a plan"),
}
OBJECTS: dict[str, Promise] = {"matter": _("Matter"), "plan": _("Action plan"), "measure": _("Measure")}
