"""What may be asked of a sealed contact, and how long an answer holds: plain rules on plain data."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from feedback.models import OPENING_REASON_MIN, OpeningReason, OpeningState
from feedback.redaction.numbers import find_numbers

# A request that nobody answers lapses, so that no custodian approves what is long past; an approval is for one day.
REQUEST_HOLDS = timedelta(hours=72)
APPROVAL_HOLDS = timedelta(hours=24)
TEXT_MAX = 500

PENDING = (OpeningState.ASKED, OpeningState.APPROVED)
SHOWABLE = (OpeningState.APPROVED, OpeningState.OPENED)
# Reasons that end in a phone call, which "no phone call, please" forbids. Danger to life overrides it; a duty under
# the law hands the number on and calls nobody.
_CALLS = frozenset({OpeningReason.CALL_BACK, OpeningReason.CLARIFY})


def no_call_problem(reason: str, *, no_call: bool) -> str:
    """Why the resident's wish not to be phoned forbids to ask for this reason; ``""`` when it does not."""
    if no_call and reason in _CALLS:
        return _("The resident asked for no phone call. Only danger to life or a duty under the law goes before that.")
    return ""


def standing_of(state: str, expires_at: datetime, now: datetime) -> OpeningState:
    """Where a request stands at ``now``: what has lapsed is expired, also before the sweep comes by."""
    return OpeningState.EXPIRED if state in PENDING and expires_at <= now else OpeningState(state)


def is_showable(state: str, expires_at: datetime, now: datetime) -> bool:
    """Whether the asker may be shown the number at ``now``."""
    return state in SHOWABLE and now < expires_at


def words_problem(text: str, *, least: int = 0) -> str:
    """Why ``text`` cannot stand in the audit log and on the receipt page; ``""`` when it can."""
    if len(text) < least:
        return _("Write at least %(n)d characters: the custodian and the resident read this.") % {"n": least}
    if len(text) > TEXT_MAX:
        return _("Write at most %(n)d characters.") % {"n": TEXT_MAX}
    if any(kind == "phone" for _start, _end, kind in find_numbers(text)):
        return _("Leave the phone number out: this stays in the audit log, where nobody can erase it.")
    return ""


def reason_problem(text: str) -> str:
    """Why ``text`` is no reason to open a contact; ``""`` when it is one."""
    return words_problem(text, least=OPENING_REASON_MIN)
