"""What it all adds up to: tallies per day, exact and repeatable, recomputed from the source rows."""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from opinion_portal import clock
from stations.models import SensingPoint


class Dimension(models.TextChoices):
    """Along what a day is counted. What a table can tell (station of a point, category of an item) is no dimension."""

    ALL = "all", _("All voices")
    CHANNEL = "channel", _("Channel")
    KIND = "kind", _("Kind")
    STATE = "state", _("State")
    ITEM = "item", _("Item, confirmed by the centre")
    HINT = "hint", _("Item, suggested and not yet confirmed")
    CODE = "code", _("Poster code")
    FLAG = "flag", _("Flag")


class Flag(models.TextChoices):
    """The keys of the dimension FLAG."""

    URGENT_UNSEEN = "urgent_unseen", _("Urgent and not yet seen")
    LEFT_OUT = "left_out", _("Left out of the rates")


class DayTally(models.Model):
    """Counts of one bureau day along one dimension, at one point or (``point`` null) in the whole bureau.

    ``voices`` counts every voice; the two arrays hold how many gave each grade 1 … 5 among those that count for the
    rates, so that means, shares and intervals of any period are exact sums (docs/decisions/0003).
    """

    day = models.DateField()
    point = models.ForeignKey(SensingPoint, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    dimension = models.CharField(max_length=10, choices=Dimension)
    key = models.CharField(max_length=32)
    voices = models.IntegerField()
    service = ArrayField(models.IntegerField(), size=5)
    safety = ArrayField(models.IntegerField(), size=5)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "point", "dimension", "key"], name="day_tally_once", nulls_distinct=False
            )
        ]
        indexes: ClassVar = [models.Index(fields=["point", "dimension", "day"], name="day_tally_point")]

    def __str__(self) -> str:
        return f"{self.day} {self.point_id or 'bureau'} {self.dimension}={self.key}: {self.voices}"


class LoopDimension(models.TextChoices):
    """What a day of the loop is counted by; the keys stand in ``insights/recount/loop.py``."""

    MOVE = "move", _("Moves of matters")
    CLOSED = "closed", _("Matters that stand closed, by reason")
    COURSE = "course", _("How matters went")
    FOLLOW = "follow", _("Follow-ups")
    CALL = "call", _("Call-backs of the centre")
    NOTICE = "notice", _("Interview notices, by state")


class LoopTally(models.Model):
    """Counts of one bureau day along one dimension, for one unit or (``unit`` null) in the whole bureau.

    The unit is the matter's lead unit on that day: what came before a matter was given back stays with whoever had it
    (docs/decisions/0003). Counts, never shares: any period's rates and intervals are made of sums.
    """

    day = models.DateField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    dimension = models.CharField(max_length=10, choices=LoopDimension)
    key = models.CharField(max_length=24)
    count = models.IntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "unit", "dimension", "key"], name="loop_tally_once", nulls_distinct=False
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["unit", "day"], name="loop_tally_unit"),
            models.Index(fields=["unit", "key"], name="loop_tally_notice", condition=Q(dimension="notice")),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.unit_id or 'bureau'} {self.dimension}={self.key}: {self.count}"


class TallyRun(models.Model):
    """One run of the tallies: up to which ``changed_at`` the source was looked at, and how many days were recounted."""

    seen_until = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now, db_default=Now())
    days = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.finished_at} ({self.days})"


_SHARE: dict[str, Any] = {
    "max_digits": 4,
    "decimal_places": 3,
    "validators": [MinValueValidator(0), MaxValueValidator(1)],
}


class IndicatorWeights(models.Model):
    """What each rate counts in the composite from ``valid_from`` on; a later version takes over from its own day.

    Once its day has come a version is never changed (trigger in the migrations): what was published stays what it was.
    ``basically`` is what "basically satisfied" counts in 满意率.
    """

    version = models.PositiveSmallIntegerField(_("version"), unique=True)
    valid_from = models.DateField(_("valid from"), unique=True)
    response = models.DecimalField(_("weight of the response rate"), **_SHARE)
    solution = models.DecimalField(_("weight of the solution rate"), **_SHARE)
    satisfaction = models.DecimalField(_("weight of the satisfaction rate"), **_SHARE)
    basically = models.DecimalField(_("what “basically satisfied” counts"), **_SHARE)
    source = models.CharField(_("source"), max_length=120)

    class Meta:
        ordering: ClassVar = ["-valid_from"]
        verbose_name = _("weights of the composite")
        verbose_name_plural = _("weights of the composite")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="weights_sum_to_one",
                condition=Q(response=1 - F("solution") - F("satisfaction")),
                violation_error_message=_("The three weights add up to exactly 1."),
            ),
            models.CheckConstraint(
                name="weights_are_shares",
                condition=Q(response__range=(0, 1), solution__range=(0, 1), satisfaction__range=(0, 1)),
            ),
            models.CheckConstraint(name="weights_basically_share", condition=Q(basically__range=(0, 1))),
        ]

    def __str__(self) -> str:
        return f"v{self.version}"

    @property
    def is_in_use(self) -> bool:
        """Whether its day has come, so that it may not change any more."""
        return self.valid_from <= clock.bureau_day(clock.now())

    def clean(self) -> None:
        """A new version begins tomorrow at the earliest: it may not rewrite what has been shown."""
        day: date | None = self.valid_from  # a form leaves it empty when what was typed is no day
        if day is not None and self.is_in_use:
            raise ValidationError({"valid_from": _("New weights begin tomorrow at the earliest.")})
