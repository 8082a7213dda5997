"""The interview notice (约谈通知书): the paper, its number, what was said and promised, and what happened to it."""

import uuid
from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer, Unit
from followup.notices.documents.words import number_text
from followup.notices.moves import IN_FORCE, OPEN, UNISSUED
from followup.notices.rule_models import NoticeRule
from measures.models import Escalation, Rectification, matter_reference


class NoticeState(models.TextChoices):
    """Where a notice stands. The moves between them are ``followup/notices/moves.py``."""

    DRAFT = "draft", _("Draft")
    REVIEWED = "reviewed", _("Reviewed, to be signed")
    ISSUED = "issued", _("Issued, to be served")
    SERVED = "served", _("Served")
    HELD = "held", _("Interview held")
    PLANNED = "planned", _("Plan submitted")
    REPORTED = "reported", _("Report submitted")
    STRUCK_OFF = "struck_off", _("Struck off")
    ESCALATED = "escalated", _("Escalated to a circulated criticism")
    CANCELLED = "cancelled", _("Draft cancelled")
    VOID = "void", _("Void")


class InterviewNotice(models.Model):
    """One notice to one unit. It holds nothing that could tell who complained.

    ``rule`` is what led to it, empty when the centre drafted by hand; then ``drafted_by`` is there from the start, and
    else once somebody of the centre has taken the proposal over. Number and date come with the signature and stay.
    ``version`` counts the edits: reviewer and signer answer for the version they had before them. ``plan_again_by`` and
    ``report_again_by`` are the later days of a paper that was sent back; what the notice itself says stays.
    """

    class Manner(models.TextChoices):
        ONE_TO_ONE = "one_to_one", _("One to one")
        COLLECTIVE = "collective", _("Collective")

    client_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="notices")
    person = models.CharField(_("person to be interviewed"), max_length=40, blank=True, default="")
    post = models.CharField(_("post"), max_length=40, blank=True, default="")
    manner = models.CharField(_("manner"), max_length=12, choices=Manner, default=Manner.ONE_TO_ONE)
    facts = models.TextField(_("facts"))
    basis = models.CharField(_("basis"), max_length=120, default="《信访工作条例》第三十九条")
    meets_at = models.DateTimeField(_("time of the interview"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=100, blank=True, default="")
    bring = models.TextField(_("what to bring"), blank=True, default="")
    plan_by = models.DateField(_("plan by"), null=True, blank=True)
    rectify_by = models.DateField(_("rectify and report by"), null=True, blank=True)
    plan_again_by = models.DateField(_("plan once more by"), null=True, blank=True)
    report_again_by = models.DateField(_("report once more by"), null=True, blank=True)
    report_back = models.TextField(_("what to report back"), blank=True, default="")
    appeal_until = models.DateField(_("appeal until"), null=True, blank=True)
    appeal_to = models.CharField(_("appeals go to"), max_length=60, blank=True, default="")
    copies_to = models.TextField(_("copies to"), blank=True, default="")
    rule = models.ForeignKey(NoticeRule, on_delete=models.PROTECT, related_name="notices", null=True, blank=True)
    rule_code = models.CharField(max_length=32, blank=True, default="")

    state = models.CharField(_("state"), max_length=12, choices=NoticeState, default=NoticeState.DRAFT)
    version = models.PositiveSmallIntegerField(default=1)
    is_appealed = models.BooleanField(_("appeal waits for a decision"), default=False)
    issuer = models.CharField(_("issuing body"), max_length=60, blank=True, default="")
    prefix = models.CharField(max_length=16, blank=True, default="")
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    number = models.PositiveIntegerField(null=True, blank=True)
    drafted_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    reviewed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    signed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("interview notice")
        verbose_name_plural = _("interview notices")
        constraints: ClassVar = [
            models.CheckConstraint(name="notice_state_known", condition=Q(state__in=NoticeState.values)),
            models.CheckConstraint(
                name="notice_reviewer_did_not_draft",
                condition=Q(reviewed_by__isnull=True) | Q(drafted_by__isnull=False) & ~Q(reviewed_by=F("drafted_by")),
            ),
            models.CheckConstraint(
                name="notice_signer_did_neither",
                condition=Q(signed_by__isnull=True)
                | Q(reviewed_by__isnull=False) & ~Q(signed_by=F("drafted_by")) & ~Q(signed_by=F("reviewed_by")),
            ),
            models.CheckConstraint(
                name="notice_numbered_when_signed",
                condition=Q(state__in=UNISSUED.split(), number=None, year=None, issued_on=None, signed_by=None)
                | Q(number__isnull=False, number__gte=1, year__isnull=False, issued_at__isnull=False)
                & Q(issued_on__isnull=False, signed_by__isnull=False)
                & ~Q(prefix="") & ~Q(issuer="") & ~Q(state__in=UNISSUED.split()),
            ),
            models.CheckConstraint(
                name="notice_reviewed_by_somebody", condition=~Q(state="reviewed") | Q(reviewed_by__isnull=False)
            ),
            models.CheckConstraint(
                name="notice_appealed_in_force", condition=Q(is_appealed=False) | Q(state__in=IN_FORCE.split())
            ),
            models.UniqueConstraint(fields=["prefix", "year", "number"], name="notice_number_once"),
            models.UniqueConstraint(
                fields=["unit", "rule_code"],
                condition=Q(state__in=OPEN.split()) & ~Q(rule_code=""),
                name="notice_one_open_per_rule",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [
            models.Index(fields=["state", "-id"], name="notice_state_idx"),
            models.Index(fields=["unit", "state"], name="notice_unit_idx"),
            models.Index(fields=["changed_at"], name="notice_changed_idx"),
        ]

    def __str__(self) -> str:
        return self.number_text or f"#{self.pk}"

    @property
    def number_text(self) -> str:
        """The number as printed, or nothing before the signature."""
        return "" if self.number is None or self.year is None else number_text(self.prefix, self.year, self.number)

    @property
    def plan_due(self) -> date | None:
        """The last day on which the plan is in time."""
        return self.plan_again_by or self.plan_by

    @property
    def report_due(self) -> date | None:
        """The last day on which the report is in time."""
        return self.report_again_by or self.rectify_by


class NoticeMatter(models.Model):
    """A matter that a notice speaks of, as it stood then. ``title`` is redacted once more when it comes here.

    ``due_at`` and ``dissatisfied_count`` tell which lateness and which answer it was: the same is not proposed twice.
    """

    notice = models.ForeignKey(InterviewNotice, on_delete=models.PROTECT, related_name="matters")
    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="notice_links")
    title = models.CharField(max_length=200)
    dispatched_on = models.DateField()
    due_on = models.DateField()
    due_at = models.DateTimeField()
    days_late = models.PositiveSmallIntegerField()
    dissatisfied_count = models.PositiveSmallIntegerField()
    escalation = models.CharField(max_length=12, choices=Escalation)
    supervised_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["due_at", "rectification_id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["notice", "rectification"], name="notice_matter_once")]

    def __str__(self) -> str:
        return f"{self.rectification_id} in {self.notice_id}"

    @property
    def reference(self) -> str:
        """The matter's number as people quote it."""
        return matter_reference(self.rectification_id)


class NoticeNumber(models.Model):
    """The last number of a prefix and year: the only counter without gaps, its row locked while a notice is signed."""

    prefix = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["prefix", "year"], name="notice_counter_once")]

    def __str__(self) -> str:
        return f"{self.prefix} {self.year}: {self.last}"


class NoticeEvent(models.Model):
    """One move of a notice, as it was made: who, when, why. Insert-only (trigger in the migrations)."""

    notice = models.ForeignKey(InterviewNotice, on_delete=models.PROTECT, related_name="events")
    move = models.CharField(max_length=24)
    from_state = models.CharField(max_length=12, blank=True, default="")
    to_state = models.CharField(max_length=12)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True)
    actor_label = models.CharField(max_length=40)
    note = models.TextField(blank=True, default="")
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "notice",
                "move",
                KT("data__day"),
                condition=Q(move__in=["remind_plan", "remind_report"]),
                name="notice_reminded_once_a_day",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["notice", "id"], name="notice_event_idx")]

    def __str__(self) -> str:
        return f"{self.notice_id}: {self.move}"


class NoticeDocument(models.Model):
    """The paper as it was issued, or as it was made void: bytes that are never written again (trigger)."""

    class Edition(models.TextChoices):
        ISSUED = "issued", _("As issued")
        VOID = "void", _("Void")

    class Form(models.TextChoices):
        PDF = "pdf", "PDF"
        DOCX = "docx", "DOCX"

    notice = models.ForeignKey(InterviewNotice, on_delete=models.PROTECT, related_name="documents")
    edition = models.CharField(max_length=8, choices=Edition)
    form = models.CharField(max_length=4, choices=Form)
    data = models.BinaryField()
    digest = models.BinaryField(max_length=32)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "edition", "form"], name="notice_document_once")
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.edition}.{self.form}"
