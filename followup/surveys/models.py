"""One question to one resident about one matter, and every answer that came to it."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from feedback.models import Feedback
from followup.sms.models import SmsMessage, SmsReply
from followup.sms.replies import Answer
from measures.models import Rectification

_A_MOMENT = timedelta(microseconds=1)


class Way(models.TextChoices):
    """How somebody is asked, or answered. NONE: there is no way to this person."""

    SMS = "sms", _("SMS")
    PAGE = "page", _("Link in an SMS")
    RECEIPT = "receipt", _("Receipt page")
    CALL = "call", _("Phone call")
    NONE = "none", _("Not at all")


class Satisfaction(models.TextChoices):
    """The grades of the classic form; the values are those of the SMS replies."""

    SATISFIED = Answer.SATISFIED.value, _("Satisfied")
    BASICALLY = Answer.BASICALLY.value, _("Basically satisfied")
    DISSATISFIED = Answer.DISSATISFIED.value, _("Dissatisfied")


class FollowUpState(models.TextChoices):
    """WAITING: not asked yet, or asked on the receipt page alone. SILENT: the window is over without an answer."""

    WAITING = "waiting", _("Waiting")
    ASKED = "asked", _("Asked")
    ANSWERED = "answered", _("Answered")
    SILENT = "silent", _("No answer")
    IMPOSSIBLE = "impossible", _("Could not be heard")
    CANCELLED = "cancelled", _("Dropped")


class Dropped(models.TextChoices):
    """Why a question was dropped."""

    WITHDRAWN = "withdrawn", _("The resident has withdrawn the message")
    SAME_PERSON = "same_person", _("Asked once, under another message of the same person")
    MOVED_ON = "moved_on", _("The matter went another way")


OPEN = (FollowUpState.WAITING, FollowUpState.ASKED)
# The resident may still rate: the window is no wall, a late answer counts as late.
ANSWERABLE = (*OPEN, FollowUpState.SILENT)


class FollowUp(models.Model):
    """One resident's follow-up in one round of a matter; ``round`` is how often the matter had been reopened.

    ``answer``, ``is_solved``, ``comment``, ``redacted``, ``answered_at`` and ``answered_by`` (a way) are the answer
    that holds, of all in ``FollowUpAnswer``. ``comment`` is for those who read in full, everybody else reads
    ``redacted``; both go when the message is withdrawn. An SMS has no question about solved: ``is_solved`` is null
    then. ``asked_with`` is the follow-up under which the same person is asked about another of his or her messages.
    Of the link only a keyed hash is stored. ``changed_at`` is set by every UPDATE.
    """

    rectification = models.ForeignKey(Rectification, on_delete=models.PROTECT, related_name="follow_ups")
    feedback = models.ForeignKey(Feedback, on_delete=models.PROTECT, related_name="follow_ups")
    round = models.PositiveSmallIntegerField(_("round"))
    way = models.CharField(_("way"), max_length=8, choices=Way)
    state = models.CharField(_("state"), max_length=10, choices=FollowUpState, default=FollowUpState.WAITING)
    dropped = models.CharField(_("dropped because"), max_length=12, choices=Dropped, default="", db_default="")
    asked_with = models.ForeignKey("self", on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    message = models.ForeignKey(SmsMessage, on_delete=models.PROTECT, related_name="+", null=True)
    token_digest = models.BinaryField(max_length=32, unique=True)

    due_at = models.DateTimeField(_("to be asked at"))
    asked_at = models.DateTimeField(_("asked at"), null=True)
    expires_at = models.DateTimeField(_("answer expected until"))
    answered_at = models.DateTimeField(_("heard at"), null=True)
    answered_by = models.CharField(max_length=8, choices=Way, default="", db_default="")
    answer = models.CharField(_("answer"), max_length=12, choices=Satisfaction, default="", db_default="")
    is_solved = models.BooleanField(_("solved"), null=True)
    is_late = models.BooleanField(_("late"), default=False, db_default=False)
    comment = models.TextField(default="", db_default="")
    redacted = models.TextField(default="", db_default="")

    impossible_reason = models.TextField(_("why the resident could not be heard"), default="", db_default="")
    recorded_by = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)
    created_at = models.DateTimeField(default=timezone.now, db_default=Now())
    changed_at = models.DateTimeField(default=timezone.now, db_default=Now())

    class Meta:
        ordering: ClassVar = ["id"]
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rectification", "feedback", "round"], name="followup_once_a_round"),
            models.CheckConstraint(name="followup_state_known", condition=Q(state__in=FollowUpState.values)),
            models.CheckConstraint(name="followup_way_known", condition=Q(way__in=Way.values)),
            models.CheckConstraint(
                name="followup_answer_whole",
                condition=Q(state="answered", answered_at__isnull=False) & ~Q(answer="") & ~Q(answered_by="")
                | ~Q(state="answered") & Q(answer="", answered_by="", answered_at__isnull=True, is_solved__isnull=True),
            ),
            models.CheckConstraint(name="followup_answer_known", condition=Q(answer__in=["", *Satisfaction.values])),
            models.CheckConstraint(
                name="followup_asked_has_moment", condition=~Q(state="asked") | Q(asked_at__isnull=False)
            ),
            models.CheckConstraint(
                name="followup_impossible_says_why",
                condition=~Q(state="impossible") | (~Q(impossible_reason="") & Q(recorded_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="followup_dropped_says_why",
                condition=Q(state="cancelled") & ~Q(dropped="") | ~Q(state="cancelled") & Q(dropped=""),
            ),
            models.CheckConstraint(name="followup_asked_with_another", condition=~Q(asked_with=F("id"))),
        ]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="followup_open_idx", condition=Q(state__in=["waiting", "asked"])),
            models.Index(fields=["state", "-id"], name="followup_state_idx"),
            models.Index(fields=["changed_at"], name="followup_changed_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.feedback_id} about {self.rectification_id}, round {self.round}"

    @property
    def last_moment(self) -> datetime:
        """The last moment of the window: its day is the one to show to people."""
        return self.expires_at - _A_MOMENT

    @property
    def is_open(self) -> bool:
        """Whether an answer is still waited for."""
        return self.state in OPEN

    @property
    def is_positive(self) -> bool:
        """Whether the answer that holds lets the matter close."""
        return is_positive(self.answer, is_solved=self.is_solved)


def is_positive(answer: str, *, is_solved: bool | None) -> bool:
    """Satisfied or basically, and nobody said that it is not solved: solved and satisfied are two things."""
    return answer in (Satisfaction.SATISFIED, Satisfaction.BASICALLY) and is_solved is not False


class FollowUpAnswer(models.Model):
    """One answer as it came; a later one replaces an earlier one in the follow-up, and both stay here.

    ``said_at`` is when the resident said it. ``reply`` is the SMS that it was read from: once. ``recorded_by`` is who
    heard it by phone, or read what the SMS meant. A withdrawn message leaves answers without words.
    """

    follow_up = models.ForeignKey(FollowUp, on_delete=models.PROTECT, related_name="answers")
    way = models.CharField(_("way"), max_length=8, choices=Way)
    answer = models.CharField(_("answer"), max_length=12, choices=Satisfaction)
    is_solved = models.BooleanField(_("solved"), null=True)
    is_late = models.BooleanField(_("late"), default=False, db_default=False)
    comment = models.TextField(default="", db_default="")
    redacted = models.TextField(default="", db_default="")
    said_at = models.DateTimeField()
    taken_at = models.DateTimeField(default=timezone.now, db_default=Now())
    reply = models.OneToOneField(SmsReply, on_delete=models.PROTECT, related_name="+", null=True)
    recorded_by = models.ForeignKey(Officer, on_delete=models.PROTECT, db_index=False, related_name="+", null=True)

    class Meta:
        ordering: ClassVar = ["said_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="followup_answers_known", condition=Q(answer__in=Satisfaction.values)),
            models.CheckConstraint(
                name="followup_call_has_hearer", condition=~Q(way="call") | Q(recorded_by__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.follow_up_id}: {self.answer}"
