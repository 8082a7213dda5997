"""Filters that put an event of the audit log into words; ``{% load audit %}``."""

from django import template

from accounts.audit.texts import action_text, object_text

register = template.Library()
register.filter("action_text", action_text)
register.filter("object_text", object_text)


@register.filter
def facts(data: object) -> str:
    """The facts of an event on one line, e.g. ``rows 12 · to leader``."""
    if not isinstance(data, dict):
        return str(data or "")
    return " · ".join(f"{name} {value}" for name, value in data.items())
