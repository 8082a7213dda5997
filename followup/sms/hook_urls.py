"""Addresses under ``/hooks/sms/``, for the provider alone."""

from django.urls import path

from followup.sms import hooks

app_name = "sms_hooks"
urlpatterns = [
    path("<str:token>/report/", hooks.report, name="report"),
    path("<str:token>/reply/", hooks.reply, name="reply"),
]
