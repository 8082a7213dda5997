"""The dashboard's page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.pages import OfficeRequest, office_page
from accounts.permissions import Action
from insights.dashboard import SORTS, dashboard_for
from insights.periods import DAYS_30, QUARTER, TODAY
from opinion_portal import clock


@office_page(Action.DASHBOARD_VIEW)
@require_GET
def dashboard(request: OfficeRequest) -> HttpResponse:
    """How many spoke, what they say and how sure one may be; today, over 30 days or in this quarter."""
    code = request.GET.get("period", DAYS_30)
    sort = request.GET.get("sort", "voices")
    now = clock.now()
    shown = dashboard_for(request.user, code=code, sort=sort, now=now)
    context = {
        "dashboard": shown,
        "queue": reverse("queue:list"),
        "tabs": [(TODAY, _("Today")), (DAYS_30, _("Last 30 days")), (QUARTER, _("This quarter"))],
        "sort": sort if sort in SORTS else "voices",
        "is_late": shown.seen_until is None or (now - shown.seen_until).total_seconds() > _LATE,
    }
    return render(request, "insights/dashboard.html", context)


# The tallies run every 15 seconds; after this many without a run the page says that they lag.
_LATE = 120
