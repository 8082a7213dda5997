"""Who may hear a resident: an officer of the centre or the discipline office, never one of a rated unit."""

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.permissions import Action, may
from measures.models import Rectification
from measures.selectors import is_handler


class FollowUpRefused(Exception):
    """Nothing was done; the text says why, in the reader's language."""


def may_hear(officer: Officer, rectification: Rectification) -> bool:
    """Whether ``officer`` may call, record an answer or close without one (济南条例 27: not the handling unit)."""
    return may(officer, Action.FOLLOWUP_RECORD) and not is_handler(officer, rectification)


def allow_hearing(officer: Officer, rectification: Rectification) -> None:
    """Raise ``PermissionDenied`` unless ``officer`` may hear the resident."""
    if not may_hear(officer, rectification):
        raise PermissionDenied(_("Your unit handles this matter: somebody else has to hear the resident."))
