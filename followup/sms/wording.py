"""What went wrong, in words: the outbox's own codes (a provider's are shown as they came), and problems of a text."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from followup.sms.texts import Problem


class Why(models.TextChoices):
    """Why nothing was sent, why it failed, or why nobody knows."""

    NO_CONTACT = "no-contact", _("No phone number was left")
    ERASED = "erased", _("The phone number has been erased")
    WITHDRAWN = "withdrawn", _("The message was withdrawn")
    TAKEN_BACK = "taken-back", _("Taken back before it was sent")
    OPTED_OUT = "opted-out", _("The resident wants no more messages")
    NO_DUTY_PHONE = "no-duty-phone", _("The officer has no duty phone")
    NO_PROVIDER = "no-provider", _("The portal has no SMS provider")
    NO_TEMPLATE = "no-template", _("The provider has no template for this text")
    TEXT_OFF = "text-off", _("The text is switched off")
    NOT_MOBILE = "not-a-mobile", _("Not a mobile number")
    NOT_OPENED = "not-opened", _("The sealed number could not be opened")
    UNREACHABLE = "unreachable", _("The provider could not be reached")
    WORKER_LOST = "worker-lost", _("The sender died while sending")
    NO_ANSWER = "no-answer", _("The provider gave no answer")
    REFUSED = "refused", _("The provider refused it")
    NOT_REACHED = "not-reached", _("The phone was not reached")
    NOT_ACCEPTED = "not-accepted", _("The provider never took it, twice")
    SENT_TWICE = "sent-twice", _("The provider has it more than once")


PROBLEM_TEXTS = {
    Problem.SIGNATURE_LENGTH: _("A signature has 2 to 16 characters."),
    Problem.SIGNATURE_CHARACTERS: _("A signature consists of letters and digits; the 【】 are put around it."),
    Problem.BODY_EMPTY: _("The text is empty."),
    Problem.BODY_BRACKETS: _("Leave out 【】: they stand around the signature alone."),
    Problem.BODY_BRACES: _("A variable is written {name}, with letters, digits and _ inside."),
    Problem.BODY_VARIABLES_TOUCH: _("Two variables may not stand side by side; put words between them."),
    Problem.BODY_TOO_LONG: _("With its signature a text has at most 500 characters."),
}


def why_text(code: str) -> str:
    """The reason in the reader's language; a provider's code as it is."""
    return str(Why(code).label) if code in Why.values else code
