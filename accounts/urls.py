"""Addresses of the accounts room."""

from django.urls import path

from accounts import views
from accounts.audit import views as audit
from accounts.officers import views as officers

app_name = "accounts"
urlpatterns = [
    path("login/", views.login_view, name="login"),
    path("logout/", views.logout_view, name="logout"),
    path("password/", views.password, name="password"),
    path("awake/", views.awake, name="awake"),
    path("language/", views.language, name="language"),
    path("officers/", officers.officers, name="officer_list"),
    path("officers/new/", officers.create, name="officer_create"),
    path("officers/<int:officer_id>/", officers.detail, name="officer"),
    path("officers/<int:officer_id>/password/", officers.password, name="officer_password"),
    path("officers/<int:officer_id>/state/", officers.switch, name="officer_switch"),
    path("officers/<int:officer_id>/phone/", officers.phone, name="officer_phone"),
    path("officers/<int:officer_id>/role/", officers.role, name="officer_role"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export/", audit.export, name="audit_export"),
]
