"""Who may do what: one table, role × action × scope. Whatever is not in the table is refused."""

from enum import Enum
from types import MappingProxyType

from accounts.models import Officer, Role


class Scope(Enum):
    """Which records an action reaches: the officer's own unit with the units below it, or the whole bureau."""

    UNIT = "unit"
    ALL = "all"


class Action(Enum):
    """What an officer may be allowed to do. A page or API view names exactly one."""

    OFFICE_ENTER = "office.enter"
    POINT_VIEW = "point.view"
    POINT_POSTER = "point.poster"
    POINT_CODE_CHANGE = "point.code_change"
    VISIT_VIEW = "visit.view"
    VISIT_LOG = "visit.log"
    FEEDBACK_VIEW = "feedback.view"
    FEEDBACK_TRIAGE = "feedback.triage"
    FEEDBACK_IMPORT = "feedback.import"
    DASHBOARD_VIEW = "dashboard.view"
    AUDIT_VIEW = "audit.view"
    OFFICER_VIEW = "officer.view"
    ACCOUNT_MANAGE = "account.manage"
    ROLE_MANAGE = "role.manage"
    RULE_MANAGE = "rule.manage"


R, A = Role, Action
_EVERYONE = dict.fromkeys(Role, Scope.ALL)
_PERMISSIONS: dict[Action, dict[Role, Scope]] = {
    A.OFFICE_ENTER: _EVERYONE,
    A.POINT_VIEW: {
        R.STATION_OFFICER: Scope.UNIT,
        R.UNIT_HEAD: Scope.UNIT,
        R.CENTRE: Scope.ALL,
        R.DISCIPLINE: Scope.ALL,
        R.LEADER: Scope.ALL,
    },
    A.POINT_POSTER: {
        R.STATION_OFFICER: Scope.UNIT,
        R.UNIT_HEAD: Scope.UNIT,
        R.CENTRE: Scope.ALL,
        R.DISCIPLINE: Scope.ALL,
    },
    A.POINT_CODE_CHANGE: {R.CENTRE: Scope.ALL},
    A.VISIT_VIEW: {
        R.STATION_OFFICER: Scope.UNIT,
        R.UNIT_HEAD: Scope.UNIT,
        R.CENTRE: Scope.ALL,
        R.DISCIPLINE: Scope.ALL,
        R.LEADER: Scope.ALL,
    },
    A.VISIT_LOG: {R.STATION_OFFICER: Scope.UNIT, R.UNIT_HEAD: Scope.UNIT, R.CENTRE: Scope.ALL},
    A.FEEDBACK_VIEW: {
        R.STATION_OFFICER: Scope.UNIT,
        R.UNIT_HEAD: Scope.UNIT,
        R.CENTRE: Scope.ALL,
        R.DISCIPLINE: Scope.ALL,
        R.LEADER: Scope.ALL,
    },
    A.FEEDBACK_TRIAGE: {R.CENTRE: Scope.ALL, R.DISCIPLINE: Scope.ALL},
    A.FEEDBACK_IMPORT: {R.CENTRE: Scope.ALL},
    A.DASHBOARD_VIEW: {
        R.STATION_OFFICER: Scope.UNIT,
        R.UNIT_HEAD: Scope.UNIT,
        R.CENTRE: Scope.ALL,
        R.DISCIPLINE: Scope.ALL,
        R.LEADER: Scope.ALL,
    },
    A.AUDIT_VIEW: {R.AUDIT_ADMIN: Scope.ALL},
    A.OFFICER_VIEW: {R.SYSTEM_ADMIN: Scope.ALL, R.SECURITY_ADMIN: Scope.ALL},
    A.ACCOUNT_MANAGE: {R.SYSTEM_ADMIN: Scope.ALL},
    A.ROLE_MANAGE: {R.SECURITY_ADMIN: Scope.ALL},
    A.RULE_MANAGE: {R.SYSTEM_ADMIN: Scope.ALL},
}
PERMISSIONS = MappingProxyType(_PERMISSIONS)


def scope_of(officer: Officer, action: Action) -> Scope | None:
    """How far ``officer`` may carry out ``action``; ``None`` when not at all."""
    if not officer.is_active:
        return None
    return PERMISSIONS[action].get(Role(officer.role))


def may(officer: Officer, action: Action) -> bool:
    """Whether ``officer`` may carry out ``action`` on anything at all (for menus and pages)."""
    return scope_of(officer, action) is not None
