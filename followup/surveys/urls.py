"""The resident's addresses of following up."""

from django.urls import path

from followup.surveys import views

app_name = "surveys"
urlpatterns = [
    path("r/rate/", views.rate, name="rate"),
    path("s/<str:token>/", views.answer, name="answer"),
]
