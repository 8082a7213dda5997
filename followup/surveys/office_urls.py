"""Addresses under ``/office/follow-ups/``."""

from django.urls import path

from followup.surveys import office_views

app_name = "followups"
urlpatterns = [
    path("", office_views.follow_up_list, name="list"),
    path("close/", office_views.matters_close, name="close"),
    path("<int:follow_up_id>/", office_views.follow_up_detail, name="detail"),
    path("<int:follow_up_id>/answer/", office_views.answer_log, name="answer"),
    path("<int:follow_up_id>/link/", office_views.link_post, name="link"),
    path("<int:follow_up_id>/replies/<int:reply_id>/aside/", office_views.reply_aside, name="reply_aside"),
]
