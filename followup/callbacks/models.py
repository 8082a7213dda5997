"""Who has to be phoned until when, and what came of it. No number stands in here: it is opened with approval."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from followup.surveys.models import FollowUp, Satisfaction

ATTEMPTS_MAX = 3


class CallBackState(models.TextChoices):
    """Where a call-back stands. IMPOSSIBLE: there is no number, or it leads to nobody."""

    OPEN = "open", _("To be called")
    REACHED = "reached", _("Reached")
    NOT_REACHED = "not_reached", _("Not reached")
    REFUSED = "refused", _("Wants no call")
    IMPOSSIBLE = "impossible", _("Cannot be called")


class CallBack(models.Model):
    """One dissatisfied answer that asks for a call by ``due_at`` (clock hours, none at night).

    ``called_at`` and ``caller`` are those of the last attempt; a call-back that the resident's wish or the lack of a
    number ended has none. ``result`` is what the resident said on the phone.
    """

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="call_backs")
    due_at = models.DateTimeField(_("due at"))
    state = models.CharField(_("state"), max_length=12, choices=CallBackState, default=CallBackState.OPEN)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    result = models.CharField(_("result"), max_length=12, choices=Satisfaction, default="", db_default="")
    note = models.TextField(_("note"), default="", db_default="")
    caller = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    called_at = models.DateTimeField(_("called at"), null=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    reminded_at = models.DateTimeField(_("centre reminded at"), null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["due_at", "id"]
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        constraints: ClassVar = [
            models.CheckConstraint(name="callback_state_known", condition=Q(state__in=CallBackState.values)),
            models.UniqueConstraint(fields=["follow_up"], name="callback_one_open", condition=Q(state="open")),
            models.CheckConstraint(name="callback_attempts_few", condition=Q(attempts__lte=ATTEMPTS_MAX)),
            models.CheckConstraint(
                name="callback_ended_has_moment",
                condition=Q(state="open", ended_at__isnull=True) | (~Q(state="open") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="callback_reached_in_full",
                condition=Q(state="reached", caller__isnull=False, called_at__isnull=False) & ~Q(result="")
                | ~Q(state="reached") & Q(result=""),
            ),
            models.CheckConstraint(
                name="callback_attempt_has_caller",
                condition=Q(attempts=0) | Q(caller__isnull=False, called_at__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], name="callback_due_idx", condition=Q(state="open")),
            models.Index(fields=["state", "-id"], name="callback_state_idx"),
        ]

    def __str__(self) -> str:
        return f"call-back for {self.follow_up_id} ({self.state})"
