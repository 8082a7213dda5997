"""Addresses under ``/office/visits/``."""

from django.urls import path

from feedback.visits import views

app_name = "visits"
urlpatterns = [
    path("", views.visit_list, name="list"),
    path("log/", views.visit_log, name="log"),
    path("words/", views.emergency_check, name="words"),
    path("<int:visit_id>/", views.visit_detail, name="detail"),
]
