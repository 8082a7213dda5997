"""What residents say and what it is about."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Length, Now
from django.db.models.lookups import GreaterThanOrEqual
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer, Unit
from stations.models import PointCode, SensingPoint


class Channel(models.TextChoices):
    QR = "qr", _("QR code")
    API = "api", _("Programme interface")
    VISIT = "visit", _("Visit")
    IMPORT = "import", _("Import")


class Kind(models.TextChoices):
    PRAISE = "praise", _("Praise")
    SUGGESTION = "suggestion", _("Suggestion")
    COMPLAINT = "complaint", _("Complaint")
    HELP = "help", _("Request for help")
    QUESTION = "question", _("Question")


class State(models.TextChoices):
    """Where a voice stands with the centre (研判). Later rooms move on from CONFIRMED.

    RATED is a rating without text or photo: it counts, and there is nothing to judge.
    """

    RECEIVED = "received", _("To be judged")
    CONFIRMED = "confirmed", _("Confirmed")
    INVALID = "invalid", _("Invalid")
    DUPLICATE = "duplicate", _("Duplicate")
    OUT_OF_SCOPE = "out_of_scope", _("Not a police matter")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    RATED = "rated", _("Rating only")


class CodeState(models.TextChoices):
    """What the scanned code was at that moment: feedback under a bad code is kept and flagged."""

    NONE = "none", _("No code")
    LIVE = "live", _("Live code")
    REVOKED = "revoked", _("Revoked code")
    UNKNOWN = "unknown", _("Unknown code")


def reference_of(feedback_id: int) -> str:
    """The number people quote, e.g. ``F-00001234``; tells nothing about who wrote."""
    return f"F-{feedback_id:08d}"


class Category(models.Model):
    """One of the five categories, or OUT. Codes are stable, names editable."""

    code = models.CharField(_("code"), max_length=4, primary_key=True)
    name = models.CharField(_("name"), max_length=30)
    name_en = models.CharField(_("English name"), max_length=60)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name = _("category")
        verbose_name_plural = _("categories")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class Subcategory(models.Model):
    """One of the fifteen items (T1 … H3), or OUT: not a police matter."""

    code = models.CharField(_("code"), max_length=4, primary_key=True)
    category = models.ForeignKey(Category, verbose_name=_("category"), on_delete=models.PROTECT, related_name="items")
    name = models.CharField(_("name"), max_length=30)
    name_en = models.CharField(_("English name"), max_length=60)
    description = models.TextField(_("description"))
    description_en = models.TextField(_("English description"))
    keywords = ArrayField(models.CharField(max_length=30), verbose_name=_("keywords"), default=list)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering: ClassVar = ["position"]
        verbose_name = _("item")
        verbose_name_plural = _("items")

    def __str__(self) -> str:
        return self.name_en if (get_language() or "").startswith("en") else self.name


class Visit(models.Model):
    """A door-to-door or company visit by an officer at a point. No names: what was heard, not who was home."""

    class Place(models.TextChoices):
        HOUSEHOLD = "household", _("Households")
        SHOP = "shop", _("Shops")
        COMPANY = "company", _("Company")
        SCHOOL = "school", _("School")
        OTHER = "other", _("Other place")

    client_key = models.BinaryField(max_length=32, unique=True)
    point = models.ForeignKey(SensingPoint, verbose_name=_("point"), on_delete=models.PROTECT, related_name="visits")
    officer = models.ForeignKey(Officer, verbose_name=_("officer"), on_delete=models.PROTECT, related_name="visits")
    place = models.CharField(_("kind of address"), max_length=12, choices=Place)
    reached = models.PositiveIntegerField(_("people reached"))
    visited_on = models.DateField(_("day of the visit"))
    note = models.CharField(_("note"), max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["-visited_on", "-id"]
        verbose_name = _("visit")
        verbose_name_plural = _("visits")

    def __str__(self) -> str:
        return f"{self.visited_on} {self.point}"


class ImportBatch(models.Model):
    """One run of an import over one file. At every moment rows read = taken + known + refused.

    ``columns`` says which columns (counted from 0) fill which field. A file uploaded by the page waits encrypted in
    ``data`` until its rows are stored, and is emptied then; ``problem`` is the reason code of a run that stopped.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting for a look")
        RUNNING = "running", _("Being imported")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped")

    file_name = models.CharField(_("file"), max_length=200)
    file_digest = models.CharField(max_length=64)
    source = models.CharField(_("source"), max_length=60)
    is_rated_out = models.BooleanField(_("left out of the rates"), default=False)
    columns = models.JSONField(default=dict)
    data = models.BinaryField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    problem = models.CharField(max_length=40, blank=True, default="")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, related_name="+", null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now, db_default=Now())
    touched_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)
    rows_total = models.PositiveIntegerField(_("rows in the file"), null=True)
    rows_read = models.PositiveIntegerField(_("rows read"), default=0)
    rows_taken = models.PositiveIntegerField(_("rows taken"), default=0)
    rows_known = models.PositiveIntegerField(_("rows already there"), default=0)
    rows_refused = models.PositiveIntegerField(_("rows refused"), default=0)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints: ClassVar = [
            models.CheckConstraint(
                name="import_accounts_for_every_row",
                condition=Q(rows_read=F("rows_taken") + F("rows_known") + F("rows_refused")),
            )
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportNote(models.Model):
    """What is to be said about one row of an import: why it was refused, or what of it could not be used.

    Holds no personal content: where the row stands, its number at the source, the field, the code of the reason.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, db_index=False, related_name="notes")
    row = models.PositiveIntegerField(_("row"))
    source_id = models.CharField(_("number at the source"), max_length=60, blank=True)
    field = models.CharField(_("column"), max_length=20)
    reason = models.CharField(_("reason"), max_length=40)
    same_as_row = models.PositiveIntegerField(_("the same as row"), null=True)
    is_refused = models.BooleanField(_("refused"))

    class Meta:
        ordering: ClassVar = ["row", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "row", "field"], name="import_note_once_a_field")
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}, row {self.row}: {self.reason}"


class Feedback(models.Model):
    """One voice, as it was received, and where it stands.

    ``client_key`` is a keyed hash of the form's ``client_id``: the same form twice makes one row, and who reads the
    table cannot replay the form. ``urgent_words`` put a row on top (``alerts.py``). ``changed_at`` is set
    by every UPDATE: the tallies find the days to recompute by it. ``is_in_matter``: a matter deals with it, so it stays
    confirmed until it is withdrawn.
    """

    id = models.BigAutoField(primary_key=True)
    client_key = models.BinaryField(max_length=32, unique=True)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    point = models.ForeignKey(
        SensingPoint,
        verbose_name=_("point"),
        on_delete=models.PROTECT,
        db_index=False,
        related_name="feedback",
        null=True,
        blank=True,
    )
    code = models.ForeignKey(
        PointCode, on_delete=models.PROTECT, db_index=False, related_name="+", null=True, blank=True
    )
    code_text = models.CharField(_("code as scanned"), max_length=32, default="", db_default="")
    code_state = models.CharField(_("code"), max_length=8, choices=CodeState)
    language = models.CharField(_("language"), max_length=8, default="zh-hans", db_default="zh-hans")

    service_rating = models.PositiveSmallIntegerField(_("rating of the service"), null=True, blank=True)
    safety_rating = models.PositiveSmallIntegerField(_("sense of safety"), null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, blank=True, default="", db_default="")
    content = models.TextField(_("text"), blank=True, default="", db_default="")
    no_call = models.BooleanField(_("no phone call, please"), default=False, db_default=False)
    is_rated_out = models.BooleanField(_("left out of the rates"), default=False, db_default=False)

    visit = models.ForeignKey(
        Visit, on_delete=models.PROTECT, db_index=False, related_name="opinions", null=True, blank=True
    )
    import_batch = models.ForeignKey(
        ImportBatch, on_delete=models.PROTECT, db_index=False, related_name="+", null=True, blank=True
    )
    source_id = models.CharField(_("number at the source"), max_length=60, default="", db_default="")

    said_at = models.DateTimeField(_("said at"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_default=Now())
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    state = models.CharField(
        _("state"), max_length=12, choices=State, default=State.RECEIVED, db_default=State.RECEIVED
    )
    urgent_words = ArrayField(models.CharField(max_length=30), default=list)
    urgent_seen_at = models.DateTimeField(_("alert acknowledged at"), null=True, blank=True)
    suggestion = models.ForeignKey(
        "Classification", on_delete=models.PROTECT, db_index=False, related_name="+", null=True, blank=True
    )
    decision = models.ForeignKey(
        "Classification", on_delete=models.PROTECT, db_index=False, related_name="+", null=True, blank=True
    )
    item = models.ForeignKey(
        Subcategory, verbose_name=_("item"), on_delete=models.PROTECT, db_index=False, null=True, blank=True
    )
    about_unit = models.ForeignKey(
        Unit,
        verbose_name=_("about unit"),
        on_delete=models.PROTECT,
        db_index=False,
        related_name="+",
        null=True,
        blank=True,
    )
    duplicate_of = models.ForeignKey(
        "self", on_delete=models.PROTECT, db_index=False, related_name="duplicates", null=True, blank=True
    )
    is_in_matter = models.BooleanField(default=False, db_default=False)
    public_reply = models.TextField(_("public reply"), blank=True, default="", db_default="")
    redacted = models.TextField(_("redacted text"), blank=True, default="", db_default="")
    search = SearchVectorField(null=True)

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedback")
        constraints: ClassVar = [
            models.CheckConstraint(name="service_rating_1_5", condition=Q(service_rating__range=(1, 5))),
            models.CheckConstraint(name="safety_rating_1_5", condition=Q(safety_rating__range=(1, 5))),
            models.CheckConstraint(
                name="feedback_says_something",
                condition=~Q(content="")
                | Q(service_rating__isnull=False)
                | Q(safety_rating__isnull=False)
                | Q(state="withdrawn"),
            ),
            models.CheckConstraint(name="feedback_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(
                name="duplicate_names_its_original",
                condition=Q(state="duplicate", duplicate_of__isnull=False) | ~Q(state="duplicate"),
            ),
            models.CheckConstraint(name="duplicate_of_another", condition=~Q(duplicate_of=F("id"))),
            models.CheckConstraint(
                name="confirmed_has_item", condition=Q(state="confirmed", item__isnull=False) | ~Q(state="confirmed")
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["changed_at"], name="feedback_changed_idx"),
            models.Index(fields=["state", "-id"], name="feedback_state_idx"),
            models.Index(fields=["point", "-id"], name="feedback_point_idx"),
            models.Index(fields=["item", "-id"], name="feedback_item_idx"),
            models.Index(fields=["said_at"], name="feedback_said_idx"),
            models.Index(
                fields=["id"], name="feedback_unclassified_idx", condition=Q(suggestion__isnull=True, state="received")
            ),
            models.Index(fields=["-id"], name="feedback_urgent_idx", condition=~Q(urgent_words=[])),
            # What stands on top of the centre's queue: an alert nobody has seen, or one that is not decided yet.
            models.Index(
                fields=["-id"],
                name="feedback_alert_idx",
                condition=~Q(urgent_words=[]) & (Q(urgent_seen_at__isnull=True) | Q(state="received")),
            ),
            # A reference that most rows lack is indexed where it stands: every index costs each submission its share.
            models.Index(fields=["visit"], name="feedback_visit_idx", condition=Q(visit__isnull=False)),
            models.Index(fields=["import_batch"], name="feedback_import_idx", condition=Q(import_batch__isnull=False)),
            models.Index(
                fields=["duplicate_of"], name="feedback_duplicate_idx", condition=Q(duplicate_of__isnull=False)
            ),
            GinIndex(fields=["search"], name="feedback_search_idx", fastupdate=True),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        """See ``reference_of``."""
        return reference_of(self.id)

    @property
    def is_urgent(self) -> bool:
        return bool(self.urgent_words)


class Receipt(models.Model):
    """The resident's key to one feedback. Only a keyed hash of the sixteen digits is stored."""

    feedback = models.OneToOneField(Feedback, on_delete=models.CASCADE, primary_key=True, related_name="receipt")
    digest = models.BinaryField(max_length=32, unique=True)

    def __str__(self) -> str:
        return f"receipt of {self.feedback_id}"


class SealedContact(models.Model):
    """A resident's contact data, encrypted (AES-256-GCM); the keys live outside the database.

    ``lookup`` is a keyed hash of the number, so that two messages of one person can be told without opening either.
    Erasing empties ``ciphertext`` and ``lookup`` and leaves the row as its tombstone.
    """

    feedback = models.OneToOneField(Feedback, on_delete=models.CASCADE, primary_key=True, related_name="contact")
    algorithm = models.CharField(max_length=20)
    key_id = models.CharField(max_length=20)
    nonce = models.BinaryField(max_length=12)
    ciphertext = models.BinaryField()
    lookup = models.BinaryField(max_length=32, null=True, db_index=True)
    consented_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"contact of {self.feedback_id}"


# Shorter words are no reason: the resident reads them.
OPENING_REASON_MIN = 10


class OpeningReason(models.TextChoices):
    """Why an officer asks for a sealed contact. What follows from each stands in ``openings/rules.py``."""

    CALL_BACK = "call_back", _("Call-back of a dissatisfied resident")
    CLARIFY = "clarify", _("To ask what is not clear about the matter")
    DANGER = "danger", _("Danger to life")
    LEGAL_DUTY = "legal_duty", _("Duty under the law")


class OpeningState(models.TextChoices):
    """Where a request for a sealed contact stands. OPENED goes on for as long as the approval holds."""

    ASKED = "asked", _("Waiting for the custodian")
    APPROVED = "approved", _("Approved, not opened yet")
    REFUSED = "refused", _("Refused by the custodian")
    OPENED = "opened", _("Opened")
    EXPIRED = "expired", _("Expired")
    WITHDRAWN = "withdrawn", _("Taken back")


class ContactOpening(models.Model):
    """One officer's request to have one sealed contact opened, and what became of it. Holds no contact data.

    ``expires_at`` is when the present state lapses: a request that nobody answers, or an approval. ``changed_at`` is
    when the last act was; the acts themselves stand in the audit log, which nobody can change. Rows are never deleted.
    """

    feedback = models.ForeignKey(Feedback, on_delete=models.PROTECT, related_name="openings")
    asked_by = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+")
    asked_at = models.DateTimeField(_("asked"))
    reason = models.CharField(_("reason"), max_length=12, choices=OpeningReason)
    reason_text = models.TextField(_("reason in words"))
    state = models.CharField(_("state"), max_length=10, choices=OpeningState, default=OpeningState.ASKED)
    decided_by = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decision_note = models.TextField(_("note"), blank=True, default="")
    opened_at = models.DateTimeField(_("first opened"), null=True)
    opened_count = models.PositiveIntegerField(_("times opened"), default=0)
    expires_at = models.DateTimeField(_("holds until"))
    changed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="opening_state_known", condition=Q(state__in=OpeningState.values)),
            models.CheckConstraint(name="opening_reason_known", condition=Q(reason__in=OpeningReason.values)),
            models.CheckConstraint(
                name="opening_reason_said", condition=GreaterThanOrEqual(Length("reason_text"), OPENING_REASON_MIN)
            ),
            models.CheckConstraint(name="opening_decided_by_another", condition=~Q(decided_by=F("asked_by"))),
            models.CheckConstraint(
                name="opening_decision_whole",
                condition=Q(
                    state__in=("approved", "refused", "opened", "expired", "withdrawn"),
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                )
                | Q(state__in=("asked", "expired", "withdrawn"), decided_by__isnull=True, decided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="opening_opened_is_counted",
                condition=Q(state="opened", opened_at__isnull=False, opened_count__gte=1)
                | (~Q(state="opened") & Q(opened_at__isnull=True, opened_count=0)),
            ),
            models.UniqueConstraint(
                fields=["feedback", "asked_by"],
                name="opening_one_at_a_time",
                condition=Q(state__in=("asked", "approved")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["asked_by", "-id"], name="opening_asker_idx"),
            # What waits for somebody, and what the sweep looks for.
            models.Index(
                fields=["expires_at"], name="opening_pending_idx", condition=Q(state__in=("asked", "approved"))
            ),
        ]

    def __str__(self) -> str:
        return f"opening {self.id} of {self.feedback_id}"


class Attachment(models.Model):
    """A photo, re-encoded on arrival so that no EXIF survives. Kept in the database: one backup, one transaction."""

    feedback = models.ForeignKey(Feedback, on_delete=models.CASCADE, related_name="attachments")
    position = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=20)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["feedback", "position"], name="attachment_position")]

    def __str__(self) -> str:
        return f"photo {self.position} of {self.feedback_id}"


class Remark(models.Model):
    """What a resident added later under the receipt."""

    feedback = models.ForeignKey(Feedback, on_delete=models.PROTECT, related_name="remarks")
    content = models.TextField(_("text"))
    redacted = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"remark {self.id} on {self.feedback_id}"


class Classification(models.Model):
    """One answer to "what is this?", by the classifier (``officer`` is null) or by the centre. Insert-only.

    ``words`` are the words that led a suggestion to its item: ``[{"word", "start", "weight"}]``. A decision carries all
    that was decided with it (``duplicate_of``, ``public_reply``), so that its history can be told after the next one.
    """

    feedback = models.ForeignKey(Feedback, on_delete=models.PROTECT, db_index=False, related_name="classifications")
    officer = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    state = models.CharField(max_length=12, choices=State)
    item = models.ForeignKey(Subcategory, on_delete=models.PROTECT, db_index=False, null=True)
    kind = models.CharField(max_length=10, choices=Kind, blank=True, default="", db_default="")
    about_unit = models.ForeignKey(Unit, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    confidence = models.FloatField(null=True)
    alternatives = models.JSONField(default=list)
    words = models.JSONField(default=list)
    model_version = models.CharField(max_length=40, default="", db_default="")
    reason = models.TextField(blank=True, default="", db_default="")
    duplicate_of = models.ForeignKey(Feedback, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    public_reply = models.TextField(blank=True, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["feedback", "id"], name="classification_feedback")]

    def __str__(self) -> str:
        return f"{self.feedback_id}: {self.state} {self.item_id or ''}"
