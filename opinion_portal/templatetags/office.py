"""Template tags of the office's frame; ``{% load office %}``."""

from html import escape
from typing import Any

from django import template
from django.conf import settings
from django.contrib.messages import get_messages
from django.forms import BoundField
from django.template.context import RequestContext
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Officer
from accounts.selectors import bureau_of
from followup.callbacks.reminding import calls_pressing
from followup.notices.selectors import duties_of
from followup.reminders.selectors import reminder_groups
from opinion_portal import clock
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


@register.inclusion_tag("followup/notices/duties.html", takes_context=True)
def notice_duties(context: RequestContext) -> dict[str, Any]:
    """What the unit's head at the screen has to do about interview notices; nothing for anybody else."""
    officer = getattr(context["request"], "user", None)
    if not isinstance(officer, Officer) or officer.must_change_password:
        return {"duties": []}
    return {"duties": duties_of(officer, clock.now())}


@register.inclusion_tag("followup/reminders/banner.html", takes_context=True)
def unit_reminders(context: RequestContext) -> dict[str, Any]:
    """Of which matters a unit was reminded and which calls are owed, above the list of matters: there days begin."""
    request = context["request"]
    match, officer = request.resolver_match, getattr(request, "user", None)
    is_here = match is not None and match.view_name == "matters:list"
    if not is_here or not isinstance(officer, Officer) or officer.must_change_password:
        return {"groups": []}
    return {"groups": reminder_groups(officer), "calls": calls_pressing(officer, clock.now())}


@register.simple_tag
def idle_seconds() -> int:
    """After how many seconds of rest a login ends."""
    return int(settings.SESSION_COOKIE_AGE)


@register.simple_tag
def options_of(field: BoundField) -> SafeString:
    """The options and groups of options of a field with choices: a page may have hundreds of them."""
    now = str(field.value() or "")
    choices = field.field.choices  # type: ignore[attr-defined]  # a field with choices, which stubs do not know of a form's
    return mark_safe("".join(_option(value, shown, now) for value, shown in choices))  # noqa: S308 (escaped below)


def _option(value: Any, shown: Any, now: str) -> str:
    if isinstance(shown, list | tuple):
        inner = "".join(_option(one, name, now) for one, name in shown)
        return f'<optgroup label="{escape(str(value))}">{inner}</optgroup>'
    selected = " selected" if str(value) == now else ""
    return f'<option value="{escape(str(value))}"{selected}>{escape(str(shown))}</option>'
