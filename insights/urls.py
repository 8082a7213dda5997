"""The addresses of the insights: /office/dashboard/."""

from django.urls import path

from insights import views

app_name = "insights"
urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("unit/<slug:unit_code>/", views.unit, name="unit"),
]
