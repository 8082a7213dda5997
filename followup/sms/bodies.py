"""A message's words as people other than its reader may see them."""

from followup.sms.models import SmsMessage

# Whoever has the link may answer in the resident's place: it is kept only until the message is handed over.
SECRET_VALUES = frozenset({"link"})
HIDDEN = "…"


def body_shown(message: SmsMessage) -> str:
    """The text without what only the resident may have."""
    body = message.body
    for name, value in message.values:
        if name in SECRET_VALUES and value != HIDDEN:
            body = body.replace(value, HIDDEN)
    return body


def values_kept(message: SmsMessage) -> list[list[str]]:
    """The values without what only the resident may have."""
    return [[name, HIDDEN if name in SECRET_VALUES else value] for name, value in message.values]
