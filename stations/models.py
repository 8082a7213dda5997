"""Where voices are collected: communities, sensing points, the codes on their posters, monitoring groups."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer, Unit


class Community(models.Model):
    """A community and the station that polices it. A street is not a station's area, so the map is a table."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=40)
    street_code = models.CharField(_("street code"), max_length=9)
    street = models.CharField(_("street"), max_length=40)
    station = models.ForeignKey(
        Unit, verbose_name=_("station"), on_delete=models.PROTECT, related_name="communities", null=True, blank=True
    )

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = _("community")
        verbose_name_plural = _("communities")

    def __str__(self) -> str:
        return self.name


class SensingPoint(models.Model):
    """A place where residents are asked. ``longitude``/``latitude`` are schematic (degrees, GCJ-02)."""

    class Kind(models.TextChoices):
        COMPANY = "company", _("Company")
        SCHOOL = "school", _("School")
        HOTEL = "hotel", _("Hotel")
        RESTAURANT = "restaurant", _("Restaurant")
        GOVERNMENT = "government", _("Government organ")
        COMMUNITY = "community", _("Residential community")
        PARK = "park", _("Industrial park")

    code = models.CharField(_("code"), max_length=12, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="points"
    )
    station = models.ForeignKey(Unit, verbose_name=_("station"), on_delete=models.PROTECT, related_name="points")
    address = models.CharField(_("address"), max_length=120)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5)
    latitude = models.DecimalField(_("latitude"), max_digits=7, decimal_places=5)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering: ClassVar = ["code"]
        verbose_name = _("sensing point")
        verbose_name_plural = _("sensing points")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class PointCode(models.Model):
    """What a poster carries. Rotating issues a new code and revokes the old one; codes are never deleted."""

    point = models.ForeignKey(SensingPoint, verbose_name=_("point"), on_delete=models.PROTECT, related_name="codes")
    code = models.CharField(_("code"), max_length=12, unique=True)
    issued_at = models.DateTimeField(_("issued at"), default=timezone.now, db_default=Now())
    issued_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revoked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering: ClassVar = ["-issued_at", "-id"]
        verbose_name = _("point code")
        verbose_name_plural = _("point codes")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["point"], condition=Q(revoked_at__isnull=True), name="point_one_live_code")
        ]

    def __str__(self) -> str:
        return self.code


class MonitoringGroup(models.Model):
    """The group that watches one point (监测活动小组); its members are officers of the point's station."""

    point = models.OneToOneField(SensingPoint, verbose_name=_("point"), on_delete=models.PROTECT, related_name="group")
    name = models.CharField(_("name"), max_length=80)
    members = models.ManyToManyField(Officer, verbose_name=_("members"), related_name="groups", blank=True)

    class Meta:
        ordering: ClassVar = ["point__code"]
        verbose_name = _("monitoring group")
        verbose_name_plural = _("monitoring groups")

    def __str__(self) -> str:
        return self.name
