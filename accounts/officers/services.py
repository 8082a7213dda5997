"""What the system administrator and the security administrator may do to an account.

The two never do each other's work: one makes accounts, switches them and resets passwords; the other gives posts.
Neither touches an administrator's account beyond that, so nobody can slip into a second of the three posts.
"""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import services
from accounts.models import Officer, Role, Unit
from accounts.services import audit_record

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


class AccountRefused(Exception):
    """The act is not allowed or came too late; the text says why, for the officer at the screen."""


def account_touchable(*, officer: Officer, actor: Officer) -> bool:
    """Whether ``actor`` may switch the account or reset its password: never an administrator's, nor one's own."""
    return officer.pk != actor.pk and Role(officer.role) not in ADMINISTRATORS


def role_changeable(*, officer: Officer, actor: Officer) -> bool:
    """Whether ``actor`` may change the post of ``officer``: never one's own."""
    return officer.pk != actor.pk


def officer_create(*, username: str, name: str, unit: Unit, actor: Officer, phone: str = "") -> tuple[Officer, str]:
    """Make an account; it begins as a station officer's, the security administrator gives another post.

    Returns the officer and the first password in clear; raises ``AccountRefused`` when the name is taken.
    """
    try:
        return services.officer_create(
            username=username, name=name, unit=unit, role=Role.STATION_OFFICER, actor=actor, phone=phone
        )
    except IntegrityError as taken:
        raise AccountRefused(_("This account exists already.")) from taken


def password_reset(*, officer: Officer, actor: Officer, reason: str) -> str:
    """A new first password, returned in clear; raises ``AccountRefused`` for administrators' accounts."""
    _touchable_or_refused(officer, actor)
    return services.password_reset(officer=officer, actor=actor, reason=reason)


@transaction.atomic
def officer_switch(*, officer: Officer, active: bool, actor: Officer, reason: str) -> None:
    """Open or close an account; raises ``AccountRefused`` when it may not be, or somebody else just did it."""
    _touchable_or_refused(officer, actor)
    if not Officer.objects.filter(pk=officer.pk, is_active=not active).update(is_active=active):
        raise AccountRefused(_("Somebody else has just done this."))
    audit_record(
        action="officer.activate" if active else "officer.deactivate",
        actor=actor,
        object_type="officer",
        object_id=officer.pk,
        reason=reason,
        changed=["is_active"],
    )


@transaction.atomic
def phone_change(*, officer: Officer, phone: str, actor: Officer, reason: str) -> None:
    """Give the account another duty phone, or none (``""``); the number itself does not get into the log.

    Raises ``AccountRefused`` for an administrator's account, or when the number changed in between.
    """
    _touchable_or_refused(officer, actor)
    if phone == officer.phone:
        raise AccountRefused(_("This is the duty phone already."))
    if not Officer.objects.filter(pk=officer.pk, phone=officer.phone).update(phone=phone):
        raise AccountRefused(_("Somebody else has just changed the duty phone. Look at it again."))
    audit_record(
        action="officer.phone_change",
        actor=actor,
        object_type="officer",
        object_id=officer.pk,
        reason=reason,
        changed=["phone"],
    )


@transaction.atomic
def role_change(*, officer: Officer, role: Role, actor: Officer, reason: str) -> None:
    """Give ``officer`` another post; raises ``AccountRefused`` for one's own, or when it changed in between."""
    if not role_changeable(officer=officer, actor=actor):
        raise AccountRefused(_("Nobody changes the own post."))
    if role == officer.role:
        raise AccountRefused(_("The officer holds this post already."))
    if not Officer.objects.filter(pk=officer.pk, role=officer.role).update(role=role):
        raise AccountRefused(_("Somebody else has just changed the post. Look at it again."))
    audit_record(
        action="officer.role_change",
        actor=actor,
        object_type="officer",
        object_id=officer.pk,
        reason=reason,
        changed=["role"],
        data={"from": officer.role, "to": str(role)},
    )


def _touchable_or_refused(officer: Officer, actor: Officer) -> None:
    if not account_touchable(officer=officer, actor=actor):
        raise AccountRefused(
            _("An administrator's account is not switched or reset here. Its post must be changed first.")
        )
