"""What the acts of this room are called in the audit log."""

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "contact.approve": _("Approved the opening of a sealed contact"),
    "contact.ask": _("Asked for the opening of a sealed contact"),
    "contact.erase": _("Had a phone number erased"),
    "contact.expire": _("A request for a sealed contact expired"),
    "contact.open": _("Was shown a phone number"),
    "contact.refuse": _("Refused the opening of a sealed contact"),
    "contact.use": _("Used a phone number to send a message"),
    "contact.withdraw": _("Took back a request for a sealed contact"),
    "feedback.alert_seen": _("Acknowledged an emergency"),
    "feedback.classify": _("Decided a message"),
    "feedback.duplicate_free": _("Freed a message whose original was withdrawn"),
    "feedback.expire": _("Erased messages kept long enough"),
    "feedback.export": _("Exported messages"),
    "feedback.list": _("Looked at a list of messages"),
    "feedback.photo_view": _("Looked at a photo"),
    "feedback.remark": _("Added to a message"),
    "feedback.submit": _("Sent a message"),
    "feedback.suggest": _("Suggested what messages are about"),
    "feedback.view": _("Read a message"),
    "feedback.withdraw": _("Withdrew a message"),
    "import.discard": _("Discarded a file before its import"),
    "import.finish": _("Finished an import"),
    "import.preview": _("Looked at the first rows of a file"),
    "import.report": _("Downloaded the report of an import"),
    "import.start": _("Started an import"),
    "import.upload": _("Uploaded a file"),
    "visit.add": _("Added to a visit"),
    "visit.log": _("Logged a visit"),
}
OBJECTS = {
    "feedback": _("Message"),
    "import": _("Import"),
    "visit": _("Visit"),
}
