"""What it all adds up to: tallies per day, exact and repeatable, recomputed from the source rows."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone


class DayTally(models.Model):
    """Counts of one bureau day along one dimension.

    ``dimension`` is all, point, station, channel, kind, category, item or state; ``key`` the value in it. The two arrays
    hold how many gave each grade 1 … 5, so that means, shares and intervals of any period are exact sums.
    """

    day = models.DateField()
    dimension = models.CharField(max_length=10)
    key = models.CharField(max_length=32)
    voices = models.IntegerField()
    service = ArrayField(models.IntegerField(), size=5)
    safety = ArrayField(models.IntegerField(), size=5)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["day", "dimension", "key"], name="day_tally_once")]
        indexes: ClassVar = [models.Index(fields=["dimension", "day"], name="day_tally_dimension")]

    def __str__(self) -> str:
        return f"{self.day} {self.dimension}={self.key}: {self.voices}"


class TallyRun(models.Model):
    """One run of the tallies: up to which ``changed_at`` the source rows were looked at."""

    seen_until = models.DateTimeField()
    finished_at = models.DateTimeField(default=timezone.now, db_default=Now())
    days = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.finished_at} ({self.days})"
