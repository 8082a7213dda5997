"""Addresses of the accounts room."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("login/", views.login_view, name="login"),
    path("logout/", views.logout_view, name="logout"),
    path("password/", views.password, name="password"),
    path("awake/", views.awake, name="awake"),
    path("language/", views.language, name="language"),
]
