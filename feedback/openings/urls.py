"""Addresses under ``/office/openings/``. None of them ever holds a phone number."""

from django.urls import path

from feedback.openings import views

app_name = "openings"
urlpatterns = [
    path("", views.opening_list, name="list"),
    path("ask/<int:feedback_id>/", views.opening_ask, name="ask"),
    path("<int:opening_id>/", views.opening_detail, name="detail"),
    path("<int:opening_id>/decide/", views.opening_decide, name="decide"),
    path("<int:opening_id>/withdraw/", views.opening_withdraw, name="withdraw"),
    path("<int:opening_id>/show/", views.contact_show, name="show"),
]
