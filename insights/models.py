"""What it all adds up to: tallies per day, exact and repeatable, recomputed from the source rows."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

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


class TallyRun(models.Model):
    """One run of the tallies: up to which ``changed_at`` the source was looked at, and how many days were recounted."""

    seen_until = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now, db_default=Now())
    days = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.finished_at} ({self.days})"
