"""Template tags of the office's frame; ``{% load office %}``."""

from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages import get_messages
from django.template.context import RequestContext

from accounts.models import Officer
from accounts.selectors import bureau_of
from opinion_portal.navigation import Line, menu_for

register = template.Library()


@register.simple_tag(takes_context=True)
def office_navigation(context: RequestContext) -> list[Line]:
    """The menu of the officer at the screen."""
    return menu_for(context["request"])


@register.simple_tag(takes_context=True)
def office_messages(context: RequestContext) -> Any:
    """What the last act left to say; reading empties it."""
    return get_messages(context["request"])


@register.simple_tag(takes_context=True)
def bureau_name(context: RequestContext) -> str:
    """The bureau of the officer at the screen; before login, the portal's bureau."""
    officer = getattr(context["request"], "user", None)
    return str(bureau_of(officer if isinstance(officer, Officer) else None) or "")


@register.simple_tag
def idle_seconds() -> int:
    """After how many seconds of rest a login ends."""
    return int(settings.SESSION_COOKIE_AGE)
