"""What is done about it: action plans and measures, the matters a unit works on, the calendar and its deadlines."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer, Unit
from feedback.models import Feedback, Subcategory


class ActionPlan(models.Model):
    """A published plan of measures."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    title = models.CharField(_("title"), max_length=100)
    title_en = models.CharField(_("English title"), max_length=200)
    issued_on = models.DateField(_("issued on"))
    document = models.BinaryField(_("published document"), null=True, blank=True)
    document_name = models.CharField(_("name of the document"), max_length=100, blank=True, default="")
    document_type = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        ordering: ClassVar = ["-issued_on"]
        verbose_name = _("action plan")
        verbose_name_plural = _("action plans")

    def __str__(self) -> str:
        return self.title_en if (get_language() or "").startswith("en") else self.title


class Measure(models.Model):
    """One measure of a plan. ``is_assumed`` marks the two that no source names (推定)."""

    plan = models.ForeignKey(ActionPlan, verbose_name=_("plan"), on_delete=models.PROTECT, related_name="measures")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=100)
    title_en = models.CharField(_("English title"), max_length=200)
    aim = models.TextField(_("aim"))
    aim_en = models.TextField(_("English aim"))
    items = models.ManyToManyField(Subcategory, verbose_name=_("items"), related_name="measures")
    lead_unit = models.ForeignKey(
        Unit, verbose_name=_("lead unit"), on_delete=models.PROTECT, related_name="led_measures"
    )
    support_units = models.ManyToManyField(
        Unit, verbose_name=_("support units"), related_name="supported_measures", blank=True
    )
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    is_assumed = models.BooleanField(_("assumed, not confirmed"), default=False)

    class Meta:
        ordering: ClassVar = ["plan", "number"]
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "number"], name="measure_number_once")]

    def __str__(self) -> str:
        return self.title_en if (get_language() or "").startswith("en") else self.title


class MeasureProgress(models.Model):
    """One entry of what was done under a measure."""

    measure = models.ForeignKey(Measure, on_delete=models.PROTECT, related_name="progress")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    happened_on = models.DateField(_("day"))
    text = models.TextField(_("what was done"))
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["-happened_on", "-id"]
        verbose_name = _("progress entry")
        verbose_name_plural = _("progress entries")

    def __str__(self) -> str:
        return f"{self.happened_on} {self.measure_id}"


class MatterState(models.TextChoices):
    """Where a matter stands. The moves between them are ``measures/moves.py``."""

    DISPATCHED = "dispatched", _("Dispatched, not signed for")
    HANDLING = "handling", _("Being handled")
    SUBMITTED = "submitted", _("Answered, to be reviewed")
    FOLLOWING_UP = "following_up", _("Being followed up")
    CLOSED = "closed", pgettext_lazy("matter", "Closed")
    RETURNED = "returned", _("Returned, to be dispatched anew")
    SUSPENDED = "suspended", _("Suspended")
    HANDED_110 = "handed_110", _("Handed to 110")
    HANDED_PETITION = "handed_petition", _("Handed to petition or supervision")


class Escalation(models.TextChoices):
    """How far a matter has been pressed: 督办提示单 → 约谈通知书 → 通报."""

    NONE = "none", _("none")
    SUPERVISED = "supervised", _("Supervision slip")
    INTERVIEW = "interview", _("Interview notice")
    CIRCULATED = "circulated", _("Circulated criticism")


class Closing(models.TextChoices):
    """Why a matter may count as closed: somebody other than the handling unit heard from the resident, or …"""

    HEARD = "heard", _("The resident was heard")
    IMPOSSIBLE = "impossible", _("The resident could not be heard")
    APPEALED = "appealed", _("Closed on appeal")
    SUSPENDED = "suspended", _("Closed from suspension by a bureau leader")


def matter_reference(rectification_id: int) -> str:
    """The number people quote, e.g. ``M-00001234``."""
    return f"M-{rectification_id:08d}"


class Rectification(models.Model):
    """A matter (整改事项): one or many voices, dispatched to a unit with the clock running.

    ``brief`` is the redacted text, edited by the centre; it is all that the unit reads of what was said. The clock runs
    from ``dispatched_at`` to ``due_at`` (the first moment after the last working day), whoever signs for it when.
    """

    measure = models.ForeignKey(
        Measure, verbose_name=_("measure"), on_delete=models.PROTECT, related_name="matters", null=True, blank=True
    )
    item = models.ForeignKey(Subcategory, verbose_name=_("item"), on_delete=models.PROTECT, related_name="+")
    title = models.CharField(_("title"), max_length=100)
    brief = models.TextField(_("what the unit reads"))
    lead_unit = models.ForeignKey(
        Unit, verbose_name=_("lead unit"), on_delete=models.PROTECT, related_name="led_matters"
    )
    support_units = models.ManyToManyField(
        Unit, verbose_name=_("support units"), related_name="supported_matters", blank=True
    )
    is_designated = models.BooleanField(_("designated, may not be returned"), default=False)

    state = models.CharField(_("state"), max_length=16, choices=MatterState, default=MatterState.DISPATCHED)
    escalation = models.CharField(_("escalation"), max_length=12, choices=Escalation, default=Escalation.NONE)
    first_dispatched_at = models.DateTimeField(_("first dispatched at"))
    dispatched_at = models.DateTimeField(_("dispatched at"))
    due_at = models.DateTimeField(_("due at"))
    acknowledged_at = models.DateTimeField(_("signed for at"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closing = models.CharField(_("closed because"), max_length=12, choices=Closing, blank=True, default="")
    closing_reason = models.TextField(_("closing reason"), blank=True, default="")

    result = models.TextField(_("the unit's answer"), blank=True, default="")
    public_reply = models.TextField(_("what the resident reads"), blank=True, default="")
    is_left_out = models.BooleanField(_("reasonable but impossible: left out of the rates"), default=False)

    return_count = models.PositiveSmallIntegerField(_("returned by units"), default=0)
    rework_count = models.PositiveSmallIntegerField(_("sent back by review"), default=0)
    extension_count = models.PositiveSmallIntegerField(_("extensions"), default=0)
    reopen_count = models.PositiveSmallIntegerField(_("reopened"), default=0)
    dissatisfied_count = models.PositiveSmallIntegerField(_("times dissatisfied"), default=0)

    created_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    reviewed_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        constraints: ClassVar = [
            models.CheckConstraint(name="matter_state_known", condition=Q(state__in=MatterState.values)),
            models.CheckConstraint(
                name="matter_closed_says_why",
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(closing="") & ~Q(closing_reason="")),
            ),
            models.CheckConstraint(name="matter_due_after_dispatch", condition=Q(due_at__gt=F("dispatched_at"))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead_unit", "state", "due_at"], name="matter_unit_idx"),
            models.Index(fields=["state", "due_at"], name="matter_state_idx"),
            models.Index(fields=["changed_at"], name="matter_changed_idx"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """See ``matter_reference``."""
        return matter_reference(self.id)


class RectificationVoice(models.Model):
    """That a voice is dealt with by a matter. A voice belongs to one matter at most, so it has one fate."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="voices")
    feedback = models.OneToOneField(Feedback, on_delete=models.PROTECT, related_name="matter_link")

    class Meta:
        ordering: ClassVar = ["feedback_id"]

    def __str__(self) -> str:
        return f"{self.feedback_id} in {self.rectification_id}"


class RectificationEvent(models.Model):
    """One move of a matter, as it was made: who, when, why. Insert-only (trigger in the migrations)."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="events")
    move = models.CharField(max_length=24)
    from_state = models.CharField(max_length=16, blank=True, default="")
    to_state = models.CharField(max_length=16)
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True)
    actor_label = models.CharField(max_length=40)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+", null=True)
    note = models.TextField(blank=True, default="")
    due_at = models.DateTimeField(null=True)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["rectification", "id"], name="matter_event_idx")]

    def __str__(self) -> str:
        return f"{self.rectification_id}: {self.move}"


class MatterRequest(models.Model):
    """What a unit asks about its matter (退单申请, 延期申请, 挂账, 申诉). The clock goes on until it is granted."""

    class Kind(models.TextChoices):
        RETURN = "return", _("Return")
        EXTENSION = "extension", _("Extension")
        SUSPENSION = "suspension", _("Suspension")
        APPEAL = "appeal", _("Appeal")

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for a decision")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", pgettext_lazy("request", "Refused")
        LAPSED = "lapsed", _("Lapsed")

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    reason = models.TextField(_("reason"))
    days = models.PositiveSmallIntegerField(_("working days"), null=True, blank=True)
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    decided_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(_("decision"), blank=True, default="")

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("request of a unit")
        verbose_name_plural = _("requests of units")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["rectification", "kind"], condition=Q(state="open"), name="matter_request_open_once"
            ),
            models.CheckConstraint(
                name="matter_request_decided_by_another",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
            ),
            models.CheckConstraint(
                name="matter_request_decided_in_full",
                condition=Q(state__in=["open", "lapsed"]) | Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.rectification_id}"


class Evidence(models.Model):
    """What a unit shows for what it did: a re-encoded photo or a PDF. Kept in the database, as photos are."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="evidence")
    name = models.CharField(_("name"), max_length=100)
    media_type = models.CharField(max_length=40)
    data = models.BinaryField()
    size = models.PositiveIntegerField(_("bytes"))
    added_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")

    def __str__(self) -> str:
        return f"{self.rectification_id}: {self.name}"


class CalendarDay(models.Model):
    """A day on which the bureau's calendar differs from the holiday package or goes beyond its data."""

    day = models.DateField(_("day"), primary_key=True)
    is_working = models.BooleanField(_("working day"))
    reason = models.CharField(_("reason"), max_length=100)

    class Meta:
        ordering: ClassVar = ["day"]
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")

    def __str__(self) -> str:
        return f"{self.day} {self.reason}"


class DeadlineRule(models.Model):
    """How long a step may take. ``unit_of_time`` tells working days from clock hours."""

    class Unit(models.TextChoices):
        WORKING_DAYS = "working_days", _("Working days")
        CLOCK_HOURS = "clock_hours", _("Clock hours")

    step = models.SlugField(_("step"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=120)
    amount = models.PositiveSmallIntegerField(_("amount"))
    unit_of_time = models.CharField(_("unit of time"), max_length=14, choices=Unit)
    source = models.CharField(_("source"), max_length=120)

    class Meta:
        ordering: ClassVar = ["step"]
        verbose_name = _("deadline")
        verbose_name_plural = _("deadlines")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name
