"""The outbox, what became of its messages, what people wrote back, and who wants no more.

No phone number stands in here: a resident's lies sealed with the feedback, an officer's with the account.
"""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from feedback.models import Feedback
from followup.sms.replies import Answer


class SmsState(models.TextChoices):
    """Where a message stands. UNKNOWN: it may have left; the provider is asked, it is never sent blindly again."""

    QUEUED = "queued", _("Waiting")
    CLAIMED = "claimed", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown")
    CANCELLED = "cancelled", _("Not sent")


class ReplyAnswer(models.TextChoices):
    """What a reply says; the values are those of ``replies.Answer``."""

    SATISFIED = Answer.SATISFIED.value, _("Satisfied")
    BASICALLY = Answer.BASICALLY.value, _("Basically satisfied")
    DISSATISFIED = Answer.DISSATISFIED.value, _("Dissatisfied")
    REFUSAL = Answer.REFUSAL.value, _("Wants no more messages")
    UNCLEAR = Answer.UNCLEAR.value, _("Not clear")


# The states in which somebody may have the message on the phone, and so may answer it.
OUT = [SmsState.CLAIMED, SmsState.SENT, SmsState.DELIVERED, SmsState.FAILED, SmsState.UNKNOWN]
ENDED = [SmsState.DELIVERED, SmsState.FAILED, SmsState.CANCELLED]


class SmsMessage(models.Model):
    """One SMS to one person, from the transaction that causes it to its end.

    It goes to a resident (``feedback``, whose sealed contact holds the number) or to an officer's duty phone.
    ``key`` is what the provider gets and hands back. ``lookup`` is the keyed hash of a resident's number, as the
    sealed contact has it; it goes when the contact is erased. ``template``, ``signature`` and ``values`` (pairs, in
    the order of the text) are kept as they were when the message was caused; ``body`` is the finished text without
    its signature. ``about_type`` and ``about_id`` name what the message is for. ``ask_at`` is when the provider is
    next asked what became of it. ``why`` is the code of the reason for a failure, a doubt or a refusal to send.
    """

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    text = models.ForeignKey("followup.SmsText", on_delete=models.PROTECT, db_index=False, related_name="+")
    feedback = models.ForeignKey(
        Feedback, on_delete=models.PROTECT, db_index=False, related_name="sms_messages", null=True
    )
    officer = models.ForeignKey(
        Officer, on_delete=models.PROTECT, db_index=False, related_name="sms_messages", null=True
    )
    lookup = models.BinaryField(max_length=32, null=True)
    signature = models.CharField(max_length=16)
    template = models.CharField(max_length=500)
    values = models.JSONField(default=list)
    body = models.CharField(max_length=500)
    parts = models.PositiveSmallIntegerField()
    about_type = models.CharField(max_length=20, default="", db_default="")
    about_id = models.BigIntegerField(default=0, db_default=0)
    is_question = models.BooleanField(default=False, db_default=False)
    is_open_question = models.BooleanField(default=False, db_default=False)
    is_response = models.BooleanField(default=False, db_default=False)
    extension = models.CharField(max_length=7, default="", db_default="")

    state = models.CharField(max_length=10, choices=SmsState, default=SmsState.QUEUED, db_default=SmsState.QUEUED)
    why = models.CharField(max_length=60, default="", db_default="")
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    due_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    ask_at = models.DateTimeField(null=True)
    requeued_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    provider = models.CharField(max_length=20, default="", db_default="")
    provider_id = models.CharField(max_length=64, default="", db_default="")

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="sms_state_known", condition=Q(state__in=SmsState.values)),
            models.CheckConstraint(
                name="sms_to_one_person",
                condition=Q(feedback__isnull=False, officer__isnull=True)
                | Q(feedback__isnull=True, officer__isnull=False, lookup__isnull=True),
            ),
            models.CheckConstraint(
                name="sms_claimed_has_moment",
                condition=~Q(state__in=[SmsState.CLAIMED, SmsState.UNKNOWN]) | Q(claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="sms_sent_has_moment",
                condition=~Q(state__in=[SmsState.SENT, SmsState.DELIVERED]) | Q(sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="sms_settled_has_moment",
                condition=Q(state__in=ENDED, settled_at__isnull=False)
                | (~Q(state__in=ENDED) & Q(settled_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="sms_trouble_has_reason",
                condition=~Q(state__in=[SmsState.FAILED, SmsState.UNKNOWN, SmsState.CANCELLED]) | ~Q(why=""),
            ),
            models.CheckConstraint(
                name="sms_question_to_resident",
                condition=Q(is_question=False) | (Q(feedback__isnull=False) & ~Q(extension="")),
            ),
            models.CheckConstraint(
                name="sms_open_question_is_out",
                condition=Q(is_open_question=False) | Q(is_question=True, lookup__isnull=False, state__in=OUT),
            ),
            models.UniqueConstraint(
                name="sms_one_open_question", fields=["lookup"], condition=Q(is_open_question=True)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_at", "id"], name="sms_due_idx", condition=Q(state=SmsState.QUEUED)),
            models.Index(fields=["claimed_at"], name="sms_claimed_idx", condition=Q(state=SmsState.CLAIMED)),
            models.Index(fields=["ask_at"], name="sms_ask_idx", condition=Q(ask_at__isnull=False)),
            models.Index(fields=["lookup", "-id"], name="sms_lookup_idx", condition=Q(lookup__isnull=False)),
            models.Index(fields=["feedback", "-id"], name="sms_feedback_idx", condition=Q(feedback__isnull=False)),
            models.Index(fields=["about_type", "about_id"], name="sms_about_idx", condition=~Q(about_type="")),
            models.Index(fields=["provider_id"], name="sms_provider_idx", condition=~Q(provider_id="")),
            models.Index(fields=["state", "-id"], name="sms_state_idx"),
            models.Index(fields=["created_at"], name="sms_created_idx"),
        ]

    def __str__(self) -> str:
        return f"SMS {self.pk} ({self.state})"


class SmsReceipt(models.Model):
    """One delivery receipt, once however often it was pushed. ``message`` is null while nobody knows whose it is."""

    receipt_id = models.CharField(max_length=64, unique=True)
    message = models.ForeignKey(SmsMessage, on_delete=models.PROTECT, related_name="receipts", null=True)
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=64, default="", db_default="")
    is_delivered = models.BooleanField()
    code = models.CharField(max_length=60, default="", db_default="")
    reported_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["reported_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["provider_id"], name="sms_receipt_stray_idx", condition=Q(message__isnull=True))
        ]

    def __str__(self) -> str:
        return f"receipt {self.pk} of {self.message_id}"


class SmsReply(models.Model):
    """What somebody wrote back, once however often it was pushed; the words go when the feedback is withdrawn.

    ``message`` is the question it answers, null where that is not known: then a person looks at it (``seen_at``).
    ``stands``: it is the answer that holds, of all that came to this question. ``replied_at`` is the provider's time.
    """

    reply_id = models.CharField(max_length=64, unique=True)
    message = models.ForeignKey(SmsMessage, on_delete=models.PROTECT, related_name="replies", null=True)
    lookup = models.BinaryField(max_length=32, null=True)
    text = models.TextField()
    answer = models.CharField(max_length=12, choices=ReplyAnswer)
    comment = models.TextField(default="", db_default="")
    is_late = models.BooleanField(default=False, db_default=False)
    stands = models.BooleanField(default=False, db_default=False)
    replied_at = models.DateTimeField()
    received_at = models.DateTimeField(default=timezone.now, db_default=Now())
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)

    class Meta:
        ordering: ClassVar = ["replied_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="sms_answer_known", condition=Q(answer__in=ReplyAnswer.values)),
            models.CheckConstraint(
                name="sms_answer_stands_for_question", condition=Q(stands=False) | Q(message__isnull=False)
            ),
            models.CheckConstraint(
                name="sms_seen_by_somebody",
                condition=Q(seen_at__isnull=True, seen_by__isnull=True)
                | Q(seen_at__isnull=False, seen_by__isnull=False),
            ),
            models.UniqueConstraint(name="sms_one_answer_stands", fields=["message"], condition=Q(stands=True)),
        ]
        indexes: ClassVar = [
            models.Index(fields=["received_at"], name="sms_reply_received_idx"),
            models.Index(fields=["lookup"], name="sms_reply_lookup_idx", condition=Q(lookup__isnull=False)),
            models.Index(
                fields=["-id"], name="sms_reply_stray_idx", condition=Q(message__isnull=True, seen_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"reply {self.pk} to {self.message_id}"


class OptOut(models.Model):
    """A number that is never written to again; final. ``reply`` is where that was said."""

    lookup = models.BinaryField(max_length=32, unique=True)
    at = models.DateTimeField(default=timezone.now, db_default=Now())
    reply = models.ForeignKey(SmsReply, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)

    def __str__(self) -> str:
        return f"opt-out of {self.at:%Y-%m-%d}"
