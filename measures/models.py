"""What is done about it: action plans and measures; the calendar and deadlines that bind them."""

from typing import ClassVar

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from feedback.models import Subcategory


class ActionPlan(models.Model):
    """A published plan of measures."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    title = models.CharField(_("title"), max_length=100)
    title_en = models.CharField(_("English title"), max_length=200)
    issued_on = models.DateField(_("issued on"))

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
    is_assumed = models.BooleanField(_("assumed, not confirmed"), default=False)

    class Meta:
        ordering: ClassVar = ["plan", "number"]
        verbose_name = _("measure")
        verbose_name_plural = _("measures")
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "number"], name="measure_number_once")]

    def __str__(self) -> str:
        return self.title_en if (get_language() or "").startswith("en") else self.title


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
