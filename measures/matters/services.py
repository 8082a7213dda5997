"""The record of who read what of a matter. What changes a matter is in ``measures/services.py``."""

from collections.abc import Sequence

from accounts.models import Officer
from accounts.services import audit_record


def list_read(*, officer: Officer, rectification_ids: Sequence[int], filters: Sequence[str]) -> None:
    """Record that ``officer`` was shown these matters on one page of the list."""
    if rectification_ids:
        audit_record(
            action="matter.list",
            actor=officer,
            object_type="matter",
            data={"ids": list(rectification_ids), "filters": list(filters)},
        )


def matter_read(*, officer: Officer, rectification_id: int) -> None:
    """Record that ``officer`` opened one matter."""
    audit_record(action="matter.view", actor=officer, object_type="matter", object_id=rectification_id)


def evidence_shown(*, officer: Officer, rectification_id: int, evidence_id: int) -> None:
    """Record that ``officer`` was shown one piece of evidence."""
    audit_record(
        action="matter.evidence_view",
        actor=officer,
        object_type="matter",
        object_id=rectification_id,
        data={"evidence": evidence_id},
    )
