"""Sentences that are put together when a page is told."""

from django.utils.translation import get_language


def sentences(*told: str) -> str:
    """One after another as the reader's language sets them: Chinese leaves no space after its full stop."""
    gap = "" if (get_language() or "").startswith("zh") else " "
    return gap.join(one for one in told if one)
