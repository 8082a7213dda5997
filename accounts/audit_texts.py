"""What the acts of this room, and of the portal itself, are called in the audit log."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "audit.export": _("Exported the audit log"),
    "officer.activate": _("Opened an account"),
    "officer.create": _("Made an account"),
    "officer.deactivate": _("Closed an account"),
    "officer.phone_change": _("Changed a duty phone"),
    "officer.role_change": _("Gave another post"),
    "password.change": _("Changed the own password"),
    "password.reset": _("Gave a new first password"),
    "reference.load": _("Loaded reference data"),
    "rule.add": _("Added to a rule table"),
    "rule.change": _("Changed a rule table"),
    "rule.delete": _("Deleted from a rule table"),
    "session.close": _("Logged out"),
    "session.lock": _("Fifth failed login, account locked"),
    "session.open": _("Logged in"),
    "session.refuse": _("Failed login"),
}
OBJECTS = {
    "officer": _("Account"),
    "unit": _("Unit"),
}
