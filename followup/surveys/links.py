"""The link under which somebody answers without a login: derived, so that it can be sent again, never stored."""

import base64

from django.conf import settings
from django.urls import reverse

from feedback.sealing import keyed_hash
from followup.surveys.models import FollowUp

# 80 bits: short enough for an SMS, and a guesser is slowed down as with receipts.
_BYTES = 10


def token_for(rectification_id: int, feedback_id: int, round_: int) -> str:
    """The sixteen letters and digits of one follow-up's link."""
    digest = keyed_hash("follow-up link", f"{rectification_id}|{feedback_id}|{round_}")
    return base64.b32encode(digest[:_BYTES]).decode().lower()


def token_digest(token: str) -> bytes:
    """The keyed hash under which a link is found, however its letters are written."""
    return keyed_hash("follow-up digest", token.lower())


def link_to(follow_up: FollowUp) -> str:
    """The whole address, as an SMS carries it."""
    token = token_for(follow_up.rectification_id, follow_up.feedback_id, follow_up.round)
    return f"{settings.PUBLIC_BASE_URL}{reverse('surveys:answer', args=[token])}"
