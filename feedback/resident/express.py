"""Voices of programmes, answered on the web's event loop: those that wait together are stored together.

Only what is plainly right and new is answered here. A form with a fault, one that was sent before, a store that is
away: each is left to the view, which knows what to say. See docs/decisions/0008.
"""

import json
import re
from typing import Any

from django.db import Error

from feedback.models import Channel
from feedback.resident import rules
from feedback.resident.api import BODY_MAX, answer_of
from feedback.services import Draft, Submitted, Voice, drafts_submit, voice_draft
from opinion_portal.together import Together

# More than that wait for the next statement.
MOST = 64
# What a message may hold, and what stands there when it says nothing.
_FIELDS: dict[str, Any] = {
    "client_id": "",
    "point_code": "",
    "service_rating": None,
    "safety_rating": None,
    "kind": "",
    "content": "",
    "phone": "",
    "contact_consent": False,
    "no_call": False,
}
_TYPES = {name: (int, type(None)) if value is None else (type(value),) for name, value in _FIELDS.items()}
_KINDS = ("", *rules.KINDS)
_GRADES = (None, *rules.GRADES)
_CLIENT_ID = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE = re.compile(f"[A-Z0-9]{{0,{rules.CODE_MAX}}}")
# Words of danger are looked for while nothing else happens on the loop: in a letter that takes too long.
_CONTENT_MAX = 200

_store: Together[Draft, Submitted | None] = Together(drafts_submit, most=MOST)


async def voice_answered(body: bytes, language: str) -> bytes | None:
    """The answer to one voice in JSON, as the view gives it; ``None`` where the view should answer."""
    try:
        voice = plain_voice(json.loads(body), language) if len(body) <= BODY_MAX else None
        submitted = await _store.done(voice_draft(voice)) if voice else None
    except (ValueError, RecursionError, Error):
        return None
    return json.dumps(answer_of(submitted), separators=(",", ":")).encode() if submitted else None


def plain_voice(said: object, language: str) -> Voice | None:
    """The voice in a message in which ``FeedbackIn`` would find nothing to correct; ``None`` for any other.

    That serializer can name every fault, for which it asks field by field: longer than all else that is done here.
    """
    if not isinstance(said, dict) or not said.keys() <= _FIELDS.keys():
        return None
    fields = _FIELDS | said
    # Not isinstance: True would be a grade.
    if any(type(value) not in _TYPES[name] for name, value in fields.items()):
        return None
    has_consent = fields.pop("contact_consent")
    voice = Voice(channel=Channel.API, language=language, **fields)
    return voice if _is_plain(voice, has_consent=has_consent) else None


def _is_plain(voice: Voice, *, has_consent: bool) -> bool:
    return bool(
        _CLIENT_ID.fullmatch(voice.client_id)
        and _CODE.fullmatch(voice.point_code)
        and voice.service_rating in _GRADES
        and voice.safety_rating in _GRADES
        and voice.kind in _KINDS
        and len(voice.content) <= _CONTENT_MAX
        and rules.content_clean(voice.content) == voice.content
        and bool(voice.phone) == has_consent
        and (not voice.phone or rules.is_mobile(voice.phone))
        and (voice.content or voice.service_rating or voice.safety_rating)
    )
