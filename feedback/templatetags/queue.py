"""How the queue prints its rows and badges; the work is done in ``feedback/queue/html.py``."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from feedback.models import Feedback
from feedback.queue.html import Look, badge_html, rows_html
from feedback.queue.rows import Row

register = template.Library()


@register.simple_tag(takes_context=True)
def queue_rows(context: dict[str, Any], rows: Iterable[Row], matters: Mapping[int, str] | None) -> SafeString:
    """The rows as the list's reader may use them; ``matters`` links those that a matter deals with."""
    look = Look(context["can_triage"], context["wanted"].state, context["list_suffix"], matters or {})
    return mark_safe(rows_html(rows, look))  # noqa: S308 (whatever somebody wrote is escaped there)


@register.simple_tag
def state_badge(feedback: Feedback) -> SafeString:
    """Where a voice stands with the centre."""
    return mark_safe(badge_html(feedback.state, feedback.get_state_display()))  # noqa: S308 (escaped there)
