"""The office's menu: which pages stand in it, for whom, in which order."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from accounts.permissions import Action, may


@dataclass(frozen=True)
class Entry:
    """One line of the menu; ``rooms`` are the URL namespaces (or URL names) in which it is the current one."""

    label: Promise
    page: str
    icon: str
    actions: tuple[Action, ...]
    rooms: tuple[str, ...]


ENTRIES = (
    Entry(_("Feedback queue"), "queue:list", "queue", (Action.FEEDBACK_VIEW,), ("queue",)),
    Entry(_("Matters"), "matters:list", "matter", (Action.MATTER_VIEW,), ("matters",)),
    Entry(_("Action plans"), "plans:list", "plan", (Action.PLAN_VIEW,), ("plans",)),
    Entry(_("Follow-ups"), "followups:list", "ask", (Action.FOLLOWUP_VIEW,), ("followups",)),
    Entry(_("Call-backs"), "callbacks:list", "phone", (Action.FOLLOWUP_VIEW,), ("callbacks",)),
    Entry(_("Contact openings"), "openings:list", "key", (Action.CONTACT_VIEW,), ("openings",)),
    Entry(_("Visits"), "visits:list", "visit", (Action.VISIT_VIEW,), ("visits",)),
    Entry(_("Sensing points"), "stations:list", "point", (Action.POINT_VIEW,), ("stations",)),
    Entry(_("Interview notices"), "notices:list", "file", (Action.NOTICE_VIEW,), ("notices",)),
    Entry(_("Dashboard"), "insights:dashboard", "dashboard", (Action.DASHBOARD_VIEW,), ("insights",)),
    Entry(_("SMS"), "sms:overview", "message", (Action.SMS_VIEW,), ("sms",)),
    Entry(_("Imports"), "imports:list", "import", (Action.FEEDBACK_IMPORT,), ("imports",)),
    Entry(
        _("Officers"),
        "accounts:officer_list",
        "officers",
        (Action.ACCOUNT_MANAGE, Action.ROLE_MANAGE),
        ("accounts:officer_list", "accounts:officer_create", "accounts:officer"),
    ),
    Entry(_("Rule tables"), "admin:index", "rules", (Action.RULE_MANAGE,), ("admin",)),
    Entry(_("Audit log"), "accounts:audit", "audit", (Action.AUDIT_VIEW,), ("accounts:audit",)),
)


@dataclass(frozen=True)
class Line:
    """An entry as one request shows it."""

    label: str
    url: str
    icon: str
    is_current: bool


def menu_for(request: HttpRequest) -> list[Line]:
    """The menu of the officer at the screen; empty before login and until the first password is changed."""
    officer = getattr(request, "user", None)
    if not isinstance(officer, Officer) or officer.must_change_password:
        return []
    match = request.resolver_match
    here = {match.app_name, match.view_name} if match else set()
    return [
        Line(str(entry.label), reverse(entry.page), entry.icon, bool(here & set(entry.rooms)))
        for entry in ENTRIES
        if any(may(officer, action) for action in entry.actions)
    ]
