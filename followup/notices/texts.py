"""What the moves and fields of a notice are called for people."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# As the history tells it: "who … when: drafted it".
MOVE_TEXTS: dict[str, Promise] = {
    "draft": _("drafted it"),
    "propose": _("proposed it by rule"),
    "edit": _("edited the draft"),
    "cancel": _("cancelled the draft"),
    "review": _("reviewed it"),
    "return": _("returned the draft"),
    "send_back": _("sent it back unsigned"),
    "sign": _("signed and issued it"),
    "void": _("made it void"),
    "serve": _("recorded that it was served"),
    "sign_for": _("signed for it"),
    "hold": _("recorded the interview"),
    "plan": _("submitted the plan"),
    "report": _("submitted the report"),
    "return_plan": _("sent the plan back"),
    "return_report": _("sent the report back"),
    "strike_off": _("struck it off"),
    "escalate": _("escalated it to a circulated criticism"),
    "appeal": _("appealed against the notice"),
    "grant_appeal": _("granted the appeal; the notice is void"),
    "refuse_appeal": _("refused the appeal; the notice stands"),
    "remind_plan": _("reminded of the plan"),
    "remind_report": _("reminded of the report"),
}
# As a button says it.
BUTTONS: dict[str, Promise] = {
    "edit": _("Edit the draft"),
    "cancel": _("Cancel the draft"),
    "review": _("Review"),
    "return": _("Return to the drafter"),
    "send_back": _("Send back unsigned"),
    "sign": _("Sign and issue"),
    "void": _("Make void"),
    "serve": _("Record the service"),
    "sign_for": _("Sign for it"),
    "hold": _("Record the interview"),
    "plan": _("Submit the plan"),
    "report": _("Submit the report"),
    "return_plan": _("Send the plan back"),
    "return_report": _("Send the report back"),
    "appeal": _("Appeal"),
    "appeal_decide": _("Decide the appeal"),
    "recheck": _("Check again"),
}
_FIELDS: dict[str, Promise] = {
    "unit": _("the unit"),
    "facts": _("the facts"),
    "drafted_by": _("who answers for the draft: somebody of the centre must take it over by editing it"),
    "person": _("the person to be interviewed"),
    "meets_at": _("the time of the interview"),
    "place": _("the place"),
    "plan_by": _("the date of the plan"),
    "rectify_by": _("the date to rectify by"),
    "appeal_until": _("the date to appeal until"),
    "note": _("the reason"),
    "reason": _("the reason"),
    "way": _("the way of service"),
    "served_at": _("the time of service"),
    "receipt": _("who signed, or why not and before whom"),
    "began_at": _("when the interview began"),
    "interviewer": _("the interviewer"),
    "recorder": _("the recorder"),
    "interviewed": _("who was interviewed"),
    "talk": _("what both sides said"),
    "text": _("the text"),
}


def move_text(name: str) -> str:
    """What somebody did, as the history tells it."""
    return str(MOVE_TEXTS.get(name, name))


def button_text(name: str) -> str:
    """What pressing for a move is called."""
    return str(BUTTONS.get(name, name))


def field_text(name: str) -> str:
    """What a field is called in "please fill in …"."""
    return str(_FIELDS.get(name, name))
