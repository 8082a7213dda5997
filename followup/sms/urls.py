"""Addresses under ``/office/sms/``."""

from django.urls import path

from followup.sms import views

app_name = "sms"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("replies/<int:reply_id>/seen/", views.reply_seen, name="reply_seen"),
]
