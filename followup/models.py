"""Whether it worked: for now the reviewed SMS texts that the follow-up will send."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

# Django looks for a room's tables here; a capability keeps its own in its folder.
from followup.callbacks.models import CallBack
from followup.notices.answer_models import NoticeAppeal, NoticeInterview, NoticePaper, NoticeService
from followup.notices.models import InterviewNotice, NoticeDocument, NoticeEvent, NoticeMatter, NoticeNumber
from followup.notices.rule_models import NoticeIssuer, NoticeRule
from followup.reminders.models import Reminder
from followup.sms.models import OptOut, SmsMessage, SmsReceipt, SmsReply
from followup.surveys.models import FollowUp, FollowUpAnswer

__all__ = [
    "CallBack",
    "FollowUp",
    "FollowUpAnswer",
    "InterviewNotice",
    "NoticeAppeal",
    "NoticeDocument",
    "NoticeEvent",
    "NoticeInterview",
    "NoticeIssuer",
    "NoticeMatter",
    "NoticeNumber",
    "NoticePaper",
    "NoticeRule",
    "NoticeService",
    "OptOut",
    "Reminder",
    "SmsMessage",
    "SmsReceipt",
    "SmsReply",
    "SmsText",
]


class SmsText(models.Model):
    """A reviewed template. ``body`` carries ``{name}`` variables; two of them may not touch (provider's rule)."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    purpose = models.CharField(_("purpose"), max_length=100)
    signature = models.CharField(_("signature"), max_length=16)
    body = models.CharField(_("text"), max_length=500)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = _("SMS text")
        verbose_name_plural = _("SMS texts")

    def __str__(self) -> str:
        return self.code
