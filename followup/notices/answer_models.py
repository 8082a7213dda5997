"""What follows a notice in force: its service, the interview, the unit's papers, its appeal. Each is written once."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from followup.notices.models import InterviewNotice


class NoticeService(models.Model):
    """The receipt slip (送达回执): signed for, or refused with a reason and before a witness."""

    class Way(models.TextChoices):
        DIRECT = "direct", _("Handed over")
        LEFT = "left", _("Left there")
        POST = "post", _("By post")
        ELECTRONIC = "electronic", _("Signed for in the portal")

    notice = models.OneToOneField(InterviewNotice, on_delete=models.PROTECT, related_name="service")
    way = models.CharField(_("way"), max_length=12, choices=Way)
    served_at = models.DateTimeField(_("served at"))
    recipient = models.CharField(_("signed for by"), max_length=40, blank=True, default="")
    refusal_reason = models.CharField(_("reason of the refusal"), max_length=200, blank=True, default="")
    witnesses = models.CharField(_("witnesses"), max_length=100, blank=True, default="")
    note = models.CharField(_("note"), max_length=200, blank=True, default="")
    recorded_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notice_service_signed_or_witnessed",
                condition=~Q(recipient="") | ~Q(refusal_reason="") & ~Q(witnesses=""),
            )
        ]

    def __str__(self) -> str:
        return f"service of {self.notice_id}"


class NoticeInterview(models.Model):
    """The record of the interview (约谈记录). ``talk`` is one turn a line, begun with 问： or 答：."""

    notice = models.OneToOneField(InterviewNotice, on_delete=models.PROTECT, related_name="interview")
    began_at = models.DateTimeField(_("began at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=100)
    interviewer = models.CharField(_("interviewer"), max_length=60)
    recorder = models.CharField(_("recorder"), max_length=40)
    interviewed = models.CharField(_("interviewed"), max_length=40)
    post = models.CharField(_("post"), max_length=40, blank=True, default="")
    talk = models.TextField(_("what both sides said"))
    demands = models.TextField(_("what is demanded"), blank=True, default="")
    promises = models.TextField(_("what the unit promises"), blank=True, default="")
    recorded_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notice_interview_ends_later", condition=Q(ended_at=None) | Q(ended_at__gte=F("began_at"))
            )
        ]

    def __str__(self) -> str:
        return f"interview under {self.notice_id}"


class NoticePaper(models.Model):
    """What the unit hands in: its plan (整改方案), then its report (整改报告). ``due_on`` was its last day then.

    One that was sent back stays as it was read; what is handed in anew stands beside it.
    """

    class Kind(models.TextChoices):
        PLAN = "plan", _("Plan")
        REPORT = "report", _("Report")

    notice = models.ForeignKey(InterviewNotice, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField(max_length=8, choices=Kind)
    text = models.TextField(_("text"))
    pdf = models.BinaryField(null=True, blank=True)
    pdf_name = models.CharField(max_length=100, blank=True, default="")
    due_on = models.DateField()
    is_late = models.BooleanField()
    submitted_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    sent_back_at = models.DateTimeField(null=True, blank=True)
    sent_back_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    sent_back_note = models.TextField(_("why it was sent back"), blank=True, default="")

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["notice", "kind"], condition=Q(sent_back_at=None), name="notice_paper_standing_once"
            ),
            models.CheckConstraint(
                name="notice_paper_sent_back_with_reason",
                condition=Q(sent_back_at=None, sent_back_by=None)
                | Q(sent_back_at__isnull=False, sent_back_by__isnull=False) & ~Q(sent_back_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} under {self.notice_id}"


class NoticeAppeal(models.Model):
    """The unit's appeal (申诉), one to a notice, decided by somebody who had no hand in it."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for a decision")
        GRANTED = "granted", _("Granted: the notice is void")
        REFUSED = "refused", _("Refused: the notice stands")
        LAPSED = "lapsed", _("Lapsed: the notice was made void")

    notice = models.OneToOneField(InterviewNotice, on_delete=models.PROTECT, related_name="appeal")
    reason = models.TextField(_("reason"))
    appealed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    appealed_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True)
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField(_("decision"), blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="notice_appeal_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("appealed_by")),
            ),
            models.CheckConstraint(
                name="notice_appeal_decided_in_full",
                condition=Q(state__in=["open", "lapsed"])
                | Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(decision=""),
            ),
        ]

    def __str__(self) -> str:
        return f"appeal against {self.notice_id}"
