"""What other rooms' pages show of matters; ``{% load matters %}``. Pages compose rooms; code still looks left only."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Officer
from accounts.permissions import Action
from accounts.permissions import may as officer_may
from feedback.models import Feedback, State
from measures.matters.selectors import matters_of_voices
from measures.models import matter_reference
from measures.selectors import matters_visible

register = template.Library()


@register.inclusion_tag("measures/matters/of_voice.html", takes_context=True)
def matter_of(context: dict[str, Any], feedback: Feedback) -> dict[str, Any]:
    """A link to the matter that deals with a voice, or the button that dispatches it; for who may read or do that."""
    officer = context["request"].user
    if not isinstance(officer, Officer) or feedback.state != State.CONFIRMED:
        return {}
    number = matters_of_voices([feedback.pk]).get(feedback.pk)
    if number is None:
        return {"feedback": feedback, "may_dispatch": officer_may(officer, Action.MATTER_DISPATCH)}
    is_visible = matters_visible(officer).filter(pk=number).exists()
    return {"matter_id": number, "reference": matter_reference(number)} if is_visible else {}


@register.simple_tag
def matters_among(rows: Iterable[Any]) -> dict[int, SafeString]:
    """For those of the queue's rows that a matter deals with, the link to it."""
    return {
        voice: format_html(
            '<a class="small" href="{}">{}</a>', reverse("matters:detail", args=[number]), matter_reference(number)
        )
        for voice, number in matters_of_voices([row.id for row in rows]).items()
    }


@register.filter
def thousands(number: int) -> str:
    """``12345`` as ``12,345``."""
    return f"{number:,}"
