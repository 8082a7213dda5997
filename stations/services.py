"""Every write of this room."""

from django.db import IntegrityError, transaction

from accounts.models import Officer
from accounts.services import audit_record
from opinion_portal import clock
from stations.codes import code_new
from stations.models import PointCode, SensingPoint


class CodeChanged(Exception):
    """Somebody was faster: the code is no longer what the officer saw. ``code`` is the row that tells who and when."""

    def __init__(self, code: PointCode) -> None:
        super().__init__(f"code {code.pk} was changed meanwhile")
        self.code = code


@transaction.atomic
def code_rotate(*, code: PointCode, reason: str, actor: Officer) -> PointCode:
    """Revoke a live code and issue a new one for its point; return the new one.

    Raises ``CodeChanged`` when the code is live no more.
    """
    _revoke(code, reason, actor)
    fresh = PointCode.objects.create(point=code.point, code=_unused_code(), issued_by=actor)
    _audit("point_code.rotate", code.point, actor, reason, {"revoked": code.pk, "issued": fresh.pk})
    return fresh


@transaction.atomic
def code_revoke(*, code: PointCode, reason: str, actor: Officer) -> None:
    """Revoke a live code; the point has none until one is issued. Feedback under it is still kept, and flagged.

    Raises ``CodeChanged`` when the code is live no more.
    """
    _revoke(code, reason, actor)
    _audit("point_code.revoke", code.point, actor, reason, {"revoked": code.pk})


@transaction.atomic
def code_issue(*, point: SensingPoint, reason: str, actor: Officer) -> PointCode:
    """Issue a code for a point that has no live one; raises ``CodeChanged`` when it has one by now."""
    try:
        with transaction.atomic():
            fresh = PointCode.objects.create(point=point, code=_unused_code(), issued_by=actor)
    except IntegrityError as error:
        live = PointCode.objects.select_related("point", "issued_by").get(point=point, revoked_at__isnull=True)
        raise CodeChanged(live) from error
    _audit("point_code.issue", point, actor, reason, {"issued": fresh.pk})
    return fresh


def _revoke(code: PointCode, reason: str, actor: Officer) -> None:
    done = PointCode.objects.filter(pk=code.pk, revoked_at__isnull=True).update(
        revoked_at=clock.now(), revoked_by=actor, revoked_reason=reason
    )
    if not done:
        raise CodeChanged(PointCode.objects.select_related("point", "revoked_by").get(pk=code.pk))


def _unused_code() -> str:
    while PointCode.objects.filter(code=(code := code_new())).exists():
        pass
    return code


def _audit(action: str, point: SensingPoint, actor: Officer, reason: str, data: dict[str, int]) -> None:
    # Row numbers, not the codes: who reads the log must not learn what opens a point's page.
    audit_record(action=action, actor=actor, object_type="point", object_id=point.code, reason=reason, data=data)
