"""Every address of the portal, room by room."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from accounts.pages import public_page
from opinion_portal import health
from opinion_portal.views import home, office

urlpatterns = [
    # First, because addresses are tried in order and this one is asked for most.
    path("api/v1/", include("feedback.resident.api_urls")),
    path("", home, name="home"),
    path("healthz/", health.live, name="health"),
    path("healthz/ready/", health.ready, name="health_ready"),
    path("", include("feedback.resident.urls")),
    path("", include("followup.surveys.urls")),
    path("api/v1/schema/", public_page(SpectacularAPIView.as_view()), name="api_schema"),
    path("office/", office, name="office"),
    path("office/", include("accounts.urls")),
    path("office/admin/", admin.site.urls),
    path("office/points/", include("stations.urls")),
    path("office/feedback/", include("feedback.queue.urls")),
    path("office/openings/", include("feedback.openings.urls")),
    path("office/matters/", include("measures.matters.urls")),
    path("office/plans/", include("measures.plans.urls")),
    path("office/follow-ups/", include("followup.surveys.office_urls")),
    path("office/call-backs/", include("followup.callbacks.urls")),
    path("office/visits/", include("feedback.visits.urls")),
    path("office/imports/", include("feedback.imports.urls")),
    path("office/notices/", include("followup.notices.urls")),
    path("office/sms/", include("followup.sms.urls")),
    path("hooks/sms/", include("followup.sms.hook_urls")),
    path("office/dashboard/", include("insights.urls")),
]

handler400 = "opinion_portal.errors.bad_request"
handler404 = "opinion_portal.errors.not_found"
handler500 = "opinion_portal.errors.server_error"
