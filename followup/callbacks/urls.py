"""Addresses under ``/office/call-backs/``."""

from django.urls import path

from followup.callbacks import views

app_name = "callbacks"
urlpatterns = [
    path("", views.call_back_list, name="list"),
    path("<int:call_back_id>/", views.call_back_detail, name="detail"),
    path("<int:call_back_id>/log/", views.call_log, name="log"),
]
