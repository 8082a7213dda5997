"""What the acts of this room are called in the audit log."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "point_code.issue": _("Issued a new code for a point"),
    "point_code.revoke": _("Revoked a point's code"),
    "point_code.rotate": _("Replaced a point's code"),
}
OBJECTS = {"point": _("Sensing point")}
