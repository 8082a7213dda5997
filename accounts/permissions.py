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
    CONTACT_VIEW = "contact.view"
    CONTACT_ASK = "contact.ask"
    CONTACT_DECIDE = "contact.decide"
    PLAN_VIEW = "plan.view"
    PLAN_MANAGE = "plan.manage"
    PLAN_PROGRESS = "plan.progress"
    MATTER_VIEW = "matter.view"
    MATTER_DISPATCH = "matter.dispatch"
    MATTER_HANDLE = "matter.handle"
    MATTER_ANSWER = "matter.answer"
    MATTER_REVIEW = "matter.review"
    MATTER_SUSPEND = "matter.suspend"
    FOLLOWUP_VIEW = "followup.view"
    FOLLOWUP_RECORD = "followup.record"
    SMS_VIEW = "sms.view"
    NOTICE_VIEW = "notice.view"
    NOTICE_DRAFT = "notice.draft"
    NOTICE_REVIEW = "notice.review"
    NOTICE_SIGN = "notice.sign"
    NOTICE_ANSWER = "notice.answer"
    DASHBOARD_VIEW = "dashboard.view"
    AUDIT_VIEW = "audit.view"
    OFFICER_VIEW = "officer.view"
    ACCOUNT_MANAGE = "account.manage"
    ROLE_MANAGE = "role.manage"
    RULE_MANAGE = "rule.manage"


R, A = Role, Action
_EVERYONE = dict.fromkeys(Role, Scope.ALL)
_UNITS_AND_BUREAU = {
    R.STATION_OFFICER: Scope.UNIT,
    R.UNIT_HEAD: Scope.UNIT,
    R.CENTRE: Scope.ALL,
    R.DISCIPLINE: Scope.ALL,
    R.LEADER: Scope.ALL,
}
_CENTRE = {R.CENTRE: Scope.ALL, R.DISCIPLINE: Scope.ALL}
_PERMISSIONS: dict[Action, dict[Role, Scope]] = {
    A.OFFICE_ENTER: _EVERYONE,
    A.POINT_VIEW: _UNITS_AND_BUREAU,
    A.POINT_POSTER: {
        R.STATION_OFFICER: Scope.UNIT,
        R.UNIT_HEAD: Scope.UNIT,
        R.CENTRE: Scope.ALL,
        R.DISCIPLINE: Scope.ALL,
    },
    A.POINT_CODE_CHANGE: {R.CENTRE: Scope.ALL},
    A.VISIT_VIEW: _UNITS_AND_BUREAU,
    A.VISIT_LOG: {R.STATION_OFFICER: Scope.UNIT, R.UNIT_HEAD: Scope.UNIT, R.CENTRE: Scope.ALL},
    A.FEEDBACK_VIEW: _UNITS_AND_BUREAU,
    A.FEEDBACK_TRIAGE: _CENTRE,
    A.FEEDBACK_IMPORT: {R.CENTRE: Scope.ALL},
    A.CONTACT_VIEW: {**_CENTRE, R.CUSTODIAN: Scope.ALL},
    A.CONTACT_ASK: _CENTRE,
    A.CONTACT_DECIDE: {R.CUSTODIAN: Scope.ALL},
    A.PLAN_VIEW: dict.fromkeys(_UNITS_AND_BUREAU, Scope.ALL),
    A.PLAN_MANAGE: _CENTRE,
    A.PLAN_PROGRESS: {**_CENTRE, R.STATION_OFFICER: Scope.UNIT, R.UNIT_HEAD: Scope.UNIT},
    A.MATTER_VIEW: _UNITS_AND_BUREAU,
    A.MATTER_DISPATCH: _CENTRE,
    A.MATTER_HANDLE: {R.STATION_OFFICER: Scope.UNIT, R.UNIT_HEAD: Scope.UNIT},
    A.MATTER_ANSWER: {R.UNIT_HEAD: Scope.UNIT},
    A.MATTER_REVIEW: _CENTRE,
    A.MATTER_SUSPEND: {R.LEADER: Scope.ALL},
    A.FOLLOWUP_VIEW: {**_CENTRE, R.LEADER: Scope.ALL},
    A.FOLLOWUP_RECORD: _CENTRE,
    A.SMS_VIEW: _CENTRE,
    A.NOTICE_VIEW: {R.UNIT_HEAD: Scope.UNIT, **_CENTRE, R.LEADER: Scope.ALL},
    A.NOTICE_DRAFT: {R.CENTRE: Scope.ALL},
    A.NOTICE_REVIEW: {R.DISCIPLINE: Scope.ALL},
    A.NOTICE_SIGN: {R.LEADER: Scope.ALL},
    A.NOTICE_ANSWER: {R.UNIT_HEAD: Scope.UNIT},
    A.DASHBOARD_VIEW: _UNITS_AND_BUREAU,
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
