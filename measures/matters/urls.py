"""Addresses under ``/office/matters/``."""

from django.urls import path

from measures.matters import dispatch_views, views

app_name = "matters"
urlpatterns = [
    path("", views.matter_list, name="list"),
    path("waiting/", dispatch_views.feedback_waiting, name="waiting"),
    path("dispatch/", dispatch_views.matter_dispatch, name="dispatch"),
    path("<int:rectification_id>/", views.matter_detail, name="detail"),
    path("<int:rectification_id>/moves/<slug:move>/", views.matter_move, name="move"),
    path("<int:rectification_id>/redispatch/", dispatch_views.matter_redispatch, name="redispatch"),
    path("<int:rectification_id>/evidence/", views.matter_evidence_add, name="evidence_add"),
    path("<int:rectification_id>/evidence/<int:evidence_id>/", views.matter_evidence, name="evidence"),
]
