"""What the acts of this room are called in the audit log."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from followup.notices.texts import MOVE_TEXTS

ACTIONS: dict[str, Promise] = {f"notice.{move}": text for move, text in MOVE_TEXTS.items()} | {
    "callback.drop": _("Ended a call-back: the number is gone"),
    "callback.remind": _("Reminded the centre of calls"),
    "callback.log": _("Logged a call to a resident"),
    "followup.answer": _("Answered about the result"),
    "followup.impossible": _("Recorded why nobody could be heard"),
    "followup.link": _("Sent a link as a second way to answer"),
    "followup.list": _("Looked at a list of follow-ups"),
    "followup.schedule": _("Asked about the result of a matter"),
    "followup.set_aside": _("Set an SMS aside"),
    "followup.view": _("Read a follow-up"),
    "notice.download": _("Took a paper of a notice"),
    "notice.preview": _("Looked at the draft of a notice"),
    "sms.cancel": _("Took back an SMS before it was sent"),
    "sms.opt_out": _("Refused further SMS"),
    "sms.replies_read": _("Read replies that answer no question"),
    "sms.reply_seen": _("Marked a reply as read"),
    "reminder.send": _("Reminded a unit"),
}
OBJECTS: dict[str, Promise] = {
    "call_back": _("Call-back"),
    "follow_up": _("Follow-up"),
    "notice": _("Interview notice"),
    "sms": _("SMS"),
    "sms_reply": _("SMS reply"),
}
