"""What the bureau decides about notices: who issues them under which prefix, and when one is drafted by itself."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class NoticeIssuer(models.Model):
    """Who issues notices, how they are numbered, and how long a unit usually has. One row is in use.

    Name and prefix are copied to a notice when it is signed: a later change renumbers nothing. Another prefix begins
    its own series with 1.
    """

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("issuing body"), max_length=60)
    prefix = models.CharField(_("prefix of the number"), max_length=16)
    appeal_to = models.CharField(_("appeals go to"), max_length=60, blank=True, default="")
    copies_to = models.CharField(_("copies to"), max_length=200, blank=True, default="")
    appeal_days = models.PositiveSmallIntegerField(_("working days to appeal"), default=5)
    plan_days = models.PositiveSmallIntegerField(_("working days for the plan"), default=5)
    rectify_days = models.PositiveSmallIntegerField(_("working days to rectify"), default=10)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = _("issuer of notices")
        verbose_name_plural = _("issuers of notices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_active"], condition=Q(is_active=True), name="notice_issuer_one_active"),
            models.CheckConstraint(
                name="notice_issuer_days_in_order",
                condition=Q(appeal_days__gte=1, plan_days__gte=1, rectify_days__gte=models.F("plan_days")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix} {self.name}"


class NoticeRule(models.Model):
    """When a notice is drafted by itself. A change makes a new version; the old one stays for the notices it led to.

    ``amount``: working days overdue, or times dissatisfied; empty for overdue means the deadline "notice" of the
    deadline table. A floor compares ``rate`` over ``window_days`` with ``floor`` (percent), and only where at least
    ``minimum`` matters count and the whole 95 % interval lies below it.
    """

    class Kind(models.TextChoices):
        OVERDUE = "overdue", _("Matter overdue")
        DISSATISFIED = "dissatisfied", _("Residents dissatisfied again")
        FLOOR = "floor", _("Rate below its floor")

    class Rate(models.TextChoices):
        SATISFIED = "satisfied", _("Satisfied residents")
        ON_TIME = "on_time", _("Answered in time")

    code = models.SlugField(_("code"), max_length=32)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    amount = models.PositiveSmallIntegerField(_("amount"), null=True, blank=True)
    rate = models.CharField(_("rate"), max_length=12, choices=Rate, blank=True, default="")
    floor = models.DecimalField(_("floor in percent"), max_digits=4, decimal_places=1, null=True, blank=True)
    minimum = models.PositiveSmallIntegerField(_("at least so many matters"), null=True, blank=True)
    window_days = models.PositiveSmallIntegerField(_("looking back so many days"), null=True, blank=True)
    source = models.CharField(_("source"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering: ClassVar = ["code", "-version"]
        verbose_name = _("rule for notices")
        verbose_name_plural = _("rules for notices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="notice_rule_version_once"),
            models.UniqueConstraint(fields=["code"], condition=Q(is_active=True), name="notice_rule_one_active"),
            models.CheckConstraint(
                name="notice_rule_is_whole",
                condition=Q(kind="overdue", floor=None)
                | Q(kind="dissatisfied", amount__isnull=False, amount__gte=1, floor=None)
                | Q(kind="floor", floor__gt=0, floor__lte=100, minimum__gte=1, window_days__gte=1)
                & Q(floor__isnull=False, minimum__isnull=False, window_days__isnull=False)
                & ~Q(rate=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} (v{self.version})"

    @property
    def title(self) -> str:
        """The name in the reader's language. Only whoever keeps the rules tells their versions apart."""
        return self.name_en if (get_language() or "").startswith("en") else self.name
