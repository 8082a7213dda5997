"""Addresses under ``/office/notices/``."""

from django.urls import path

from followup.notices import move_views, paper_views, views

app_name = "notices"
urlpatterns = [
    path("", views.notice_list, name="list"),
    path("draft/", views.notice_draft, name="draft"),
    path("<int:notice_id>/", views.notice_detail, name="detail"),
    path("<int:notice_id>/edit/", views.notice_edit, name="edit"),
    path("<int:notice_id>/cancel/", move_views.notice_cancel, name="cancel"),
    path("<int:notice_id>/review/", move_views.notice_review, name="review"),
    path("<int:notice_id>/return/", move_views.notice_return, name="return"),
    path("<int:notice_id>/send-back/", move_views.notice_send_back, name="send_back"),
    path("<int:notice_id>/sign/", move_views.notice_sign, name="sign"),
    path("<int:notice_id>/void/", move_views.notice_void, name="void"),
    path("<int:notice_id>/serve/", move_views.notice_serve, name="serve"),
    path("<int:notice_id>/sign-for/", move_views.notice_sign_for, name="sign_for"),
    path("<int:notice_id>/hold/", move_views.notice_hold, name="hold"),
    path("<int:notice_id>/plan/", move_views.notice_plan, name="plan"),
    path("<int:notice_id>/report/", move_views.notice_report, name="report"),
    path("<int:notice_id>/recheck/", move_views.notice_recheck, name="recheck"),
    path("<int:notice_id>/plan/return/", move_views.plan_return, name="return_plan"),
    path("<int:notice_id>/report/return/", move_views.report_return, name="return_report"),
    path("<int:notice_id>/appeal/", move_views.notice_appeal, name="appeal"),
    path("<int:notice_id>/appeal/decide/", move_views.appeal_decide, name="appeal_decide"),
    path("<int:notice_id>/notice.<slug:form>", paper_views.notice_paper, name="paper"),
    path("<int:notice_id>/slip.<slug:form>", paper_views.slip_paper, name="slip"),
    path("<int:notice_id>/record.<slug:form>", paper_views.record_paper, name="record"),
    path("<int:notice_id>/papers/<int:paper_id>.pdf", paper_views.attachment, name="attachment"),
]
