"""Addresses under ``/office/plans/``."""

from django.urls import path

from measures.plans import measure_views, views

app_name = "plans"
urlpatterns = [
    path("", views.plan_list, name="list"),
    path("<int:plan_id>/", views.plan_detail, name="detail"),
    path("<int:plan_id>/document/", views.plan_document_read, name="document"),
    path("<int:plan_id>/document/replace/", views.plan_document_replace, name="document_replace"),
    path("<int:plan_id>/measures/new/", measure_views.measure_add, name="measure_add"),
    path("measures/<int:measure_id>/edit/", measure_views.measure_edit, name="measure_edit"),
    path("measures/<int:measure_id>/", views.measure_detail, name="measure"),
    path("measures/<int:measure_id>/progress/", views.measure_progress_add, name="progress_add"),
]
