from django.urls import path

from feedback.resident import views

app_name = "resident"
urlpatterns = [
    path("p/", views.voice, name="voice_open"),
    path("p/<str:code>/", views.voice, name="voice"),
    path("r/", views.receipt, name="receipt"),
    path("r/remark/", views.remark, name="remark"),
    path("r/withdraw/", views.withdraw, name="withdraw"),
    path("r/erase/", views.erase, name="erase"),
    path("privacy/", views.privacy, name="privacy"),
    path("privacy/children/", views.privacy_children, name="privacy_children"),
]
