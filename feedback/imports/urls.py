"""The addresses of the imports: /office/imports/."""

from django.urls import path

from feedback.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.import_list_page, name="list"),
    path("<int:batch_id>/", views.import_detail, name="detail"),
    path("<int:batch_id>/progress/", views.import_progress, name="progress"),
    path("<int:batch_id>/run/", views.import_run_page, name="run"),
    path("<int:batch_id>/discard/", views.import_discard_page, name="discard"),
    path("<int:batch_id>/report.csv", views.import_report, name="report"),
]
