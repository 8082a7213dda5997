"""The dashboard's pages: the officer's own, and that of one unit."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.models import Officer
from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action, Scope, scope_of
from insights.dashboard import SORTS, Wanted, dashboard_for
from insights.loop.dashboard import UNIT_SORTS
from insights.periods import DAYS_30, QUARTER, TODAY
from opinion_portal import clock


@office_page(Action.DASHBOARD_VIEW)
@require_GET
def dashboard(request: OfficeRequest) -> HttpResponse:
    """How many spoke, what they say, what became of it, how sure one may be; today, over 30 days, in this quarter."""
    return _page(request, "")


@office_page(Action.DASHBOARD_VIEW)
@require_GET
def unit(request: OfficeRequest, unit_code: str) -> HttpResponse:
    """The same for one unit: any for the bureau's posts, the own one for its officers."""
    return _page(request, unit_code)


def _page(request: OfficeRequest, unit_code: str) -> HttpResponse:
    asked, now = request.GET, clock.now()
    sort, units = asked.get("sort", "voices"), asked.get("units", "satisfaction")
    wanted = Wanted(asked.get("period", DAYS_30), sort, units, unit_code)
    shown = dashboard_for(request.user, wanted, now=now)
    context = {
        "dashboard": shown,
        "queue": _queue_of(request.user),
        "tabs": [(TODAY, _("Today")), (DAYS_30, _("Last 30 days")), (QUARTER, _("This quarter"))],
        "sort": sort if sort in SORTS else "voices",
        "unit_sort": units if units in UNIT_SORTS else "satisfaction",
        "is_late": shown.seen_until is None or (now - shown.seen_until).total_seconds() > _LATE,
        "is_unit_page": bool(unit_code),
    }
    return render(request, "insights/dashboard.html", context)


def _queue_of(officer: Officer) -> str:
    """Where the counted voices are listed; ``""`` for whoever reads only a part of them and would find others there."""
    return reverse("queue:list") if scope_of(officer, Action.FEEDBACK_VIEW) is Scope.ALL else ""


# The tallies run every 15 seconds; after this many without a run the page says that they lag.
_LATE = 120
