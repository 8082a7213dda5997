"""Template tags every page may use."""

from typing import Any

from django import template
from django.template.context import RequestContext
from django.utils.http import urlencode

from accounts.models import Officer
from accounts.permissions import Action
from accounts.permissions import may as officer_may

register = template.Library()


@register.simple_tag(takes_context=True)
def may(context: RequestContext, action: str) -> bool:
    """Whether the officer at the screen may carry out ``action`` (its dotted name)."""
    officer = context["request"].user
    return isinstance(officer, Officer) and officer_may(officer, Action(action))


@register.simple_tag(takes_context=True)
def query(context: RequestContext, **changes: Any) -> str:
    """The present query string with ``changes``; a change to ``None`` or ``""`` removes the name."""
    values = context["request"].GET.copy()
    for name, value in changes.items():
        values.pop(name, None)
        if value not in (None, ""):
            values[name] = value
    return "?" + values.urlencode() if values else "?"


@register.simple_tag(takes_context=True)
def display_query(context: RequestContext, **changes: Any) -> str:
    """The resident's display choices (language, elder mode) as a query string, with ``changes``."""
    choices = {"lang": context.get("language"), "elder": context.get("elder") or ""}
    choices.update(changes)
    return "?" + urlencode({name: value for name, value in choices.items() if value})
