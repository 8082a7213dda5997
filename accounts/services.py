"""Every write of this room: the audit log, accounts."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime

from axes.models import AccessAttempt
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction

from accounts.models import AuditEvent, Officer, Role, Unit

RESIDENT = "resident"
SYSTEM = "system"
VISITOR = "visitor"  # somebody at the login page who has not shown who he or she is


def audit_record(
    *,
    action: str,
    actor: Officer | str,
    object_type: str = "",
    object_id: object = "",
    reason: str = "",
    changed: Sequence[str] = (),
    data: Mapping[str, object] | None = None,
) -> AuditEvent:
    """Append one act to the audit log, in the caller's transaction.

    ``actor`` is the officer, or ``RESIDENT`` or ``SYSTEM``. ``changed`` lists field names, never values.
    """
    return AuditEvent.objects.create(
        action=action,
        actor=actor if isinstance(actor, Officer) else None,
        actor_label=actor.username if isinstance(actor, Officer) else actor,
        object_type=object_type,
        object_id=str(object_id),
        reason=reason,
        changed=list(changed),
        data=dict(data or {}),
    )


@transaction.atomic
def officer_create(
    *, username: str, name: str, unit: Unit, role: Role, actor: Officer | str, phone: str = ""
) -> tuple[Officer, str]:
    """Make an account with a random first password, which must be changed at the first login.

    Returns the officer and the password in clear; it is shown once and stored nowhere.
    """
    password = first_password()
    officer = Officer(username=username, name=name, unit=unit, role=role, phone=phone)
    officer.set_password(password)
    officer.save()
    audit_record(
        action="officer.create", actor=actor, object_type="officer", object_id=officer.pk, data={"role": str(role)}
    )
    return officer, password


def first_password() -> str:
    """Twelve characters without look-alikes, of three classes (GB/T 22239-2019 asks for eight)."""
    alphabet = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"
    while True:
        password = "".join(secrets.choice(alphabet) for _ in range(12))
        if (
            any(c.isdigit() for c in password)
            and any(c.isupper() for c in password)
            and any(c.islower() for c in password)
        ):
            return password


def session_open(*, officer: Officer) -> None:
    """Record that ``officer`` logged in."""
    audit_record(action="session.open", actor=officer)


def session_refuse(*, username: str, locks: bool) -> None:
    """Record a failed login, and whether it locked the account.

    A name that no account has is not recorded: people type their password into the wrong field.
    """
    officer = Officer.objects.filter(username=username).first()
    audit_record(
        action="session.lock" if locks else "session.refuse",
        actor=VISITOR,
        object_type="officer" if officer else "",
        object_id=officer.pk if officer else "",
    )


def session_close(*, officer: Officer) -> None:
    """Record that ``officer`` logged out."""
    audit_record(action="session.close", actor=officer)


@transaction.atomic
def password_change(*, officer: Officer, password: str) -> None:
    """Give ``officer`` the password he or she chose; it ends every other session of the account."""
    officer.set_password(password)
    officer.must_change_password = False
    officer.save(update_fields=["password", "must_change_password"])
    audit_record(
        action="password.change", actor=officer, object_type="officer", object_id=officer.pk, changed=["password"]
    )


@transaction.atomic
def password_reset(*, officer: Officer, actor: Officer | str, reason: str) -> str:
    """Give the account a new first password and lift its lock; returns the password in clear, stored nowhere."""
    password = first_password()
    officer.set_password(password)
    officer.must_change_password = True
    officer.save(update_fields=["password", "must_change_password"])
    AccessAttempt.objects.filter(username=officer.username).delete()
    audit_record(
        action="password.reset",
        actor=actor,
        object_type="officer",
        object_id=officer.pk,
        reason=reason,
        changed=["password"],
    )
    return password


def logins_tidy(*, before: datetime) -> None:
    """Delete ended sessions, and failed logins from ``before``: somebody may have typed a password for a name."""
    SessionStore.clear_expired()
    AccessAttempt.objects.filter(attempt_time__lt=before).delete()
