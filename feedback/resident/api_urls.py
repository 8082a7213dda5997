from django.urls import path

from feedback.resident.api import FeedbackAPI, ReceiptLookupAPI

app_name = "resident_api"
urlpatterns = [
    path("feedback/", FeedbackAPI.as_view(), name="feedback"),
    path("receipts/lookup/", ReceiptLookupAPI.as_view(), name="receipt_lookup"),
]
