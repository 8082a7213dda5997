"""That a unit was reminded of a matter: once for each occasion and each limit."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from measures.models import Rectification


class ReminderKind(models.TextChoices):
    """The occasions (潍坊 26): before the limit, in writing the day after it, and the criticism that follows."""

    NEW = "new", _("New matter")
    BEFORE = "before", _("Limit is near")
    AFTER = "after", _("Overdue")
    CRITICISE = "criticise", _("To be criticised")


class Reminder(models.Model):
    """One reminder. ``limit`` is the matter's limit at that time: a new limit is reminded of anew."""

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="reminders")
    kind = models.CharField(_("kind"), max_length=10, choices=ReminderKind)
    limit = models.DateTimeField(_("limit"))
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_index=False, related_name="+")
    at = models.DateTimeField(_("reminded at"), default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("reminder")
        verbose_name_plural = _("reminders")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rectification", "kind", "limit"], name="reminder_once_a_limit"),
            models.CheckConstraint(name="reminder_kind_known", condition=Q(kind__in=ReminderKind.values)),
        ]
        indexes: ClassVar = [models.Index(fields=["unit", "-id"], name="reminder_unit_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.rectification_id}"
