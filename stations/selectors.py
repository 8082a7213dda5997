"""Every read of this room, each together with its permission check."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.apps import apps
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from accounts.models import Officer, Unit
from accounts.permissions import Action, Scope, scope_of
from accounts.selectors import unit_ids_below
from stations.codes import code_clean
from stations.models import PointCode, SensingPoint

CodeState = Literal["none", "live", "revoked", "unknown"]
RECENT = timedelta(days=30)


def points_visible(officer: Officer, action: Action = Action.POINT_VIEW) -> QuerySet[SensingPoint]:
    """The points on which ``officer`` may carry out ``action``; a station has its own alone."""
    scope = scope_of(officer, action)
    if scope is None:
        return SensingPoint.objects.none()
    points = SensingPoint.objects.select_related("community", "station")
    return points if scope is Scope.ALL else points.filter(station__in=unit_ids_below(officer.unit_id))


def points_for(officer: Officer, action: Action = Action.POINT_VIEW) -> QuerySet[SensingPoint]:
    """The points ``officer`` may choose in a form: those in use on which he or she may carry out ``action``."""
    return points_visible(officer, action).filter(is_active=True)


def point_for(officer: Officer, number: str, action: Action = Action.POINT_VIEW) -> SensingPoint:
    """The point numbered ``number`` (``SH-001``) if ``officer`` may do ``action`` there; else raises ``Http404``."""
    return get_object_or_404(points_visible(officer, action).select_related("group"), code=number)


def code_for(officer: Officer, number: str, code_id: int) -> PointCode:
    """A code, live or revoked, that ``officer`` may change; raises ``Http404`` for any other."""
    points = points_visible(officer, Action.POINT_CODE_CHANGE).filter(code=number)
    codes = PointCode.objects.select_related("point", "revoked_by", "issued_by")
    return get_object_or_404(codes, pk=code_id, point__in=points)


def live_code(point: SensingPoint) -> PointCode | None:
    """The code that the point's posters should carry now, if there is one."""
    return point.codes.select_related("issued_by", "point__station__parent").filter(revoked_at__isnull=True).first()


def live_code_first(number: str = "") -> PointCode | None:
    """The live code of the point ``number``, or of the first point in use that has one."""
    codes = PointCode.objects.filter(revoked_at__isnull=True, point__is_active=True).order_by("point__code")
    return codes.filter(point__code=number).first() if number else codes.first()


def live_codes(officer: Officer) -> QuerySet[PointCode]:
    """The live codes of all points in use whose posters ``officer`` may print, in the order of the points."""
    points = points_for(officer, Action.POINT_POSTER)
    codes = PointCode.objects.filter(revoked_at__isnull=True, point__in=points)
    return codes.select_related("point__station__parent").order_by("point__code")


def point_by_code(text: str) -> tuple[SensingPoint | None, CodeState]:
    """Which point a scanned or typed code belongs to, and how the code stands. Open to everybody."""
    cleaned = code_clean(text)
    if not cleaned:
        return None, "none"
    code = PointCode.objects.select_related("point__community", "point__station").filter(code=cleaned).first()
    if code is None:
        return None, "unknown"
    return code.point, "live" if code.revoked_at is None else "revoked"


def point_list(officer: Officer, *, kind: str = "", station: str = "", search: str = "") -> QuerySet[Any]:
    """The points on the list page, each with ``live_code`` (text or ``None``) and ``last_voice_at`` (or ``None``)."""
    points: QuerySet[Any] = points_visible(officer).annotate(live_code=_live_code(), last_voice_at=_last_voice_at())
    if kind:
        points = points.filter(kind=kind)
    if station:
        points = points.filter(station__code=station)
    return points.filter(_matches(search)) if search else points


def _live_code() -> Subquery:
    return Subquery(PointCode.objects.filter(point=OuterRef("pk"), revoked_at__isnull=True).values("code")[:1])


def _last_voice_at() -> Subquery:
    # The newest row by the index on (point, id): thirty look-ups, however many voices there are.
    return Subquery(_voices().filter(point=OuterRef("pk")).order_by("-id").values("received_at")[:1])


def _voices() -> QuerySet[Any]:
    # Feedback is a room to the right: it is asked for numbers and times here, never for words, and not imported.
    feedback: Any = apps.get_model("feedback", "Feedback")
    voices: QuerySet[Any] = feedback.objects.all()
    return voices


def _matches(search: str) -> Q:
    fields = ["code", "name", "name_en", "address", "community__name", "community__street"]
    found = Q(codes__code=code_clean(search), codes__revoked_at__isnull=True)
    for field in fields:
        found |= Q(**{f"{field}__icontains": search})
    return Q(pk__in=SensingPoint.objects.filter(found).values("pk"))


def stations_of_points(officer: Officer) -> QuerySet[Unit]:
    """The stations among which ``officer`` can filter the points."""
    return Unit.objects.filter(points__in=points_visible(officer)).distinct()


@dataclass(frozen=True)
class PointActivity:
    """What happened at one point in the last 30 days: voices in all, by channel, under a code already revoked."""

    voices: int
    by_channel: list[tuple[str, int]]
    under_revoked_code: int
    last_voice_at: datetime | None


def point_activity(point: SensingPoint, now: datetime) -> PointActivity:
    """Count the voices at ``point`` in the 30 days before ``now`` (aware). Numbers only, whoever they are about."""
    recent = _voices().filter(point=point, received_at__gte=now - RECENT)
    rows = recent.values("channel").annotate(n=Count("id"), revoked=Count("id", filter=Q(code_state="revoked")))
    counts = list(rows.order_by("-n", "channel"))
    return PointActivity(
        voices=sum(row["n"] for row in counts),
        by_channel=[(recent.model(channel=row["channel"]).get_channel_display(), row["n"]) for row in counts],
        under_revoked_code=sum(row["revoked"] for row in counts),
        last_voice_at=_voices().filter(point=point).order_by("-id").values_list("received_at", flat=True).first(),
    )


def recent_visits(point: SensingPoint) -> QuerySet[Any]:
    """The last five visits logged at the point, newest first."""
    visit: Any = apps.get_model("feedback", "Visit")
    visits: QuerySet[Any] = visit.objects.filter(point=point).select_related("officer").order_by("-visited_on", "-id")
    return visits[:5]


def code_history(point: SensingPoint) -> QuerySet[PointCode]:
    """All codes the point ever had, newest first, with who issued and who revoked them."""
    return point.codes.select_related("issued_by", "revoked_by")
