"""A form that comes again under its id: the same thing once more, or another one written into it after the answer?"""

import uuid
from typing import TYPE_CHECKING

from feedback.models import Attachment, Feedback, SealedContact, State
from feedback.sealing import phone_lookup

if TYPE_CHECKING:  # the services ask this module
    from feedback.services import Voice


def says_something_else(voice: "Voice", known: Feedback) -> bool:
    """Whether ``voice`` says anything that ``known``, stored under the same id, does not.

    Words that come to a bare rating belong to it. What was withdrawn is gone, so nothing can be compared: it stays so.
    """
    if known.state == State.WITHDRAWN:
        return False
    return (
        (voice.content != known.content and known.state != State.RATED)
        or (voice.service_rating, voice.safety_rating) != (known.service_rating, known.safety_rating)
        or _is_of_another_kind(voice, known)
        or voice.no_call != known.no_call
        or _has_another_phone(voice, known)
        or _brings_photos(voice, known)
    )


def _is_of_another_kind(voice: "Voice", known: Feedback) -> bool:
    # A decision of the centre has replaced what the resident chose.
    return known.decision_id is None and voice.kind != known.kind


def _has_another_phone(voice: "Voice", known: Feedback) -> bool:
    if not voice.phone:
        return False
    sealed = SealedContact.objects.filter(feedback=known).values_list("lookup", "erased_at").first()
    if sealed is None:
        return True
    lookup, erased_at = sealed
    return erased_at is None and bytes(lookup or b"") != phone_lookup(voice.phone)


def _brings_photos(voice: "Voice", known: Feedback) -> bool:
    return bool(voice.photos) and not Attachment.objects.filter(feedback=known).exists()


def id_of_change(voice: "Voice") -> str:
    """The id of what was made of a form after its answer: the same change sent twice is one voice again."""
    said = (voice.content, voice.service_rating, voice.safety_rating, voice.kind, voice.no_call, voice.phone)
    return str(uuid.uuid5(uuid.UUID(voice.client_id), repr((*said, bool(voice.photos)))))
