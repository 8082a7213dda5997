"""Every write of this room: the audit log, accounts."""

import secrets
from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts.models import AuditEvent, Officer, Role, Unit

RESIDENT = "resident"
SYSTEM = "system"


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
    is_officer = isinstance(actor, Officer)
    return AuditEvent.objects.create(
        action=action,
        actor=actor if is_officer else None,
        actor_label=actor.username if isinstance(actor, Officer) else actor,
        object_type=object_type,
        object_id=str(object_id),
        reason=reason,
        changed=list(changed),
        data=dict(data or {}),
    )


@transaction.atomic
def officer_create(*, username: str, name: str, unit: Unit, role: Role, actor: Officer | str) -> tuple[Officer, str]:
    """Make an account with a random first password, which must be changed at the first login.

    Returns the officer and the password in clear; it is shown once and stored nowhere.
    """
    password = first_password()
    officer = Officer(username=username, name=name, unit=unit, role=role)
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
