"""Addresses under ``/office/feedback/``."""

from django.urls import path

from feedback.queue import views

app_name = "queue"
urlpatterns = [
    path("", views.feedback_list, name="list"),
    path("export.csv", views.feedback_export, name="export"),
    path("alerts/", views.alerts, name="alerts"),
    path("accept/", views.suggestions_accept, name="accept"),
    path("<int:feedback_id>/", views.feedback_detail, name="detail"),
    path("<int:feedback_id>/decide/", views.feedback_decide, name="decide"),
    path("<int:feedback_id>/seen/", views.alert_acknowledge, name="alert_seen"),
    path("<int:feedback_id>/photos/<int:position>/", views.feedback_photo, name="photo"),
]
