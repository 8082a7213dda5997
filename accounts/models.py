"""Who may do what, and who did: units, officers and the audit log."""

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _


class Unit(models.Model):
    """A bureau, station or department; units form a tree under their bureau."""

    class Kind(models.TextChoices):
        BUREAU = "bureau", _("Bureau")
        STATION = "station", _("Police station")
        DEPARTMENT = "department", _("Department")

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    parent = models.ForeignKey(
        "self", verbose_name=_("parent unit"), on_delete=models.PROTECT, related_name="children", null=True, blank=True
    )
    is_example = models.BooleanField(_("example, not confirmed"), default=False)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        ordering: ClassVar = ["kind", "code"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name

    def clean(self) -> None:
        """Refuse a circle: what is above a unit decides who may read what, and is walked upwards on every page."""
        above = self.parent
        while above is not None:
            if above.pk == self.pk:
                raise ValidationError({"parent": _("A unit cannot stand below itself.")})
            above = above.parent


class Role(models.TextChoices):
    """The posts of DOMAIN 2. An officer holds one, so nobody can hold two of the three administrator posts."""

    STATION_OFFICER = "station_officer", _("Station officer")
    UNIT_HEAD = "unit_head", _("Unit head")
    CENTRE = "centre", _("Opinion centre")
    DISCIPLINE = "discipline", _("Discipline office")
    CUSTODIAN = "custodian", _("Identity custodian")
    LEADER = "leader", _("Bureau leader")
    SYSTEM_ADMIN = "system_admin", _("System administrator")
    SECURITY_ADMIN = "security_admin", _("Security administrator")
    AUDIT_ADMIN = "audit_admin", _("Audit administrator")


class OfficerManager(BaseUserManager["Officer"]):
    def get_by_natural_key(self, username: str | None) -> "Officer":
        return self.get(username=username)


class Officer(AbstractBaseUser):
    """An account of the office. ``username`` is the badge or account number.

    What an officer may do follows from the post alone (``accounts/permissions.py``): there are no groups, no single
    permissions and no superuser.
    """

    username = models.CharField(_("account"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=40)
    unit = models.ForeignKey(Unit, verbose_name=_("unit"), on_delete=models.PROTECT, related_name="officers")
    role = models.CharField(_("role"), max_length=20, choices=Role)
    phone = models.CharField(
        _("duty phone"), max_length=20, blank=True, default="", db_default="", help_text=_("For reminders by SMS.")
    )
    is_active = models.BooleanField(_("active"), default=True)
    must_change_password = models.BooleanField(_("must change password"), default=True)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, db_default=Now())

    objects = OfficerManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        ordering: ClassVar = ["username"]
        verbose_name = _("officer")
        verbose_name_plural = _("officers")
        constraints: ClassVar = [
            models.CheckConstraint(name="officer_role_known", condition=models.Q(role__in=Role.values))
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.username})"

    @property
    def is_staff(self) -> bool:
        """Only the system administrator sees the rule tables of the admin site."""
        return self.role == Role.SYSTEM_ADMIN


class AuditEvent(models.Model):
    """One act. The database refuses to change or delete a row (trigger in the migrations).

    ``actor_label`` names who acted when no officer did: ``resident`` or ``system``. ``changed`` lists field names,
    never values; ``data`` holds facts without personal content, such as a count or a state.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(default=timezone.now, db_default=Now())
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    actor_label = models.CharField(max_length=40)
    object_type = models.CharField(max_length=40, default="", db_default="")
    object_id = models.CharField(max_length=40, default="", db_default="")
    reason = models.TextField(default="", db_default="")
    changed = ArrayField(models.CharField(max_length=60), default=list)
    data = models.JSONField(default=dict)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["object_type", "object_id"], name="audit_object"),
            # Events come nearly in the order of time: a summary per block finds a period and costs a writer nothing.
            BrinIndex(fields=["at"], name="audit_at", autosummarize=True),
            models.Index(fields=["actor", "at"], name="audit_actor", condition=models.Q(actor__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.action} {self.object_type}:{self.object_id}"


class AuditLink(models.Model):
    """One link of the hash chain: ``digest = SHA-256(previous digest ‖ canonical event)``. Append-only too.

    The chain stands beside the events so that writers never wait for one another: a beat task links the new events
    in the order in which it finds them (``position``), which need not be the order of their ids.
    """

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(AuditEvent, on_delete=models.PROTECT, related_name="link")
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    def __str__(self) -> str:
        return f"{self.position}: {bytes(self.digest).hex()[:12]}"
