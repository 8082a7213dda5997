"""The centre's decisions (研判): every write of an officer about a voice, and the record of who read what."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchVectorField
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Case, F, Func, Q, TextField, Value, When
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.permissions import Action, may
from accounts.services import audit_record
from feedback.models import Classification, Feedback, Remark, State, reference_of
from feedback.queue.rules import (
    DECIDABLE,
    OUT_ITEM,
    is_plainly_about_no_unit,
    is_praised,
    kind_offered,
    names_police,
)
from feedback.redaction import redact
from feedback.segmentation import search_tokens
from opinion_portal import clock


@dataclass(frozen=True)
class Decision:
    """What the centre says a voice is. ``about_unit_id`` is ``None`` when the voice is about no police unit."""

    state: State
    item: str | None = None
    kind: str = ""
    about_unit_id: int | None = None
    reason: str = ""
    duplicate_of_id: int | None = None
    public_reply: str = ""


class DecisionRefused(Exception):
    """The decision was not stored; the text says why, in the officer's language."""


class DecidedMeanwhile(DecisionRefused):
    """Somebody else decided first; the officer must read that decision before replacing it."""


@dataclass(frozen=True)
class Skipped:
    """One voice that a bulk acceptance left alone, and why."""

    feedback_id: int
    reason: str

    @property
    def reference(self) -> str:
        return reference_of(self.feedback_id)


@transaction.atomic
def feedback_classify(
    *,
    feedback_id: int,
    officer: Officer,
    decision: Decision,
    expected_id: int | None,
    urgent_words_read: int | None = None,
    remarks_read: int | None = None,
) -> Classification:
    """Store one decision: a Classification, the voice's new standing, an audit row.

    ``expected_id`` is the decision the officer had on the screen (``None``: undecided). When another one stands by now
    nothing is stored and ``DecidedMeanwhile`` tells who did what. What a matter deals with stays confirmed: it would
    have two fates, and its sender might be asked twice. ``urgent_words_read`` is how many emergency words
    were on the screen: deciding acknowledges their alert, but not one that came after. ``remarks_read`` is how many
    remarks were there: a decision opens them to units, so nothing is stored when another has come since.
    """
    if not may(officer, Action.FEEDBACK_TRIAGE):
        raise PermissionDenied
    if decision.duplicate_of_id is not None:
        decision = _with_original(feedback_id, decision)
    made = Classification.objects.create(
        feedback_id=feedback_id,
        officer=officer,
        state=decision.state,
        item_id=_item_of(decision),
        kind=decision.kind,
        about_unit_id=decision.about_unit_id,
        reason=decision.reason,
        duplicate_of_id=decision.duplicate_of_id,
        public_reply=decision.public_reply,
    )
    standing = Feedback.objects.filter(pk=feedback_id, decision_id=expected_id, state__in=DECIDABLE)
    if decision.state != State.CONFIRMED:
        standing = standing.filter(is_in_matter=False)
    if not standing.update(**_changes(decision, made, urgent_words_read)):
        raise _refusal(feedback_id, expected_id)
    # Asked behind the UPDATE: its lock keeps further remarks away until this decision stands.
    if remarks_read is not None and Remark.objects.filter(feedback=feedback_id).count() != remarks_read:
        raise DecisionRefused(_("The resident has added something meanwhile; read it and decide again."))
    _prepare_text(feedback_id)
    audit_record(
        action="feedback.classify",
        actor=officer,
        object_type="feedback",
        object_id=feedback_id,
        changed=["state", "item", "kind", "about_unit", "duplicate_of", "public_reply"],
        data={"state": str(decision.state), "item": made.item_id, "decision": made.pk, "before": expected_id},
    )
    return made


def _item_of(decision: Decision) -> str | None:
    if decision.state == State.OUT_OF_SCOPE:
        return OUT_ITEM
    return decision.item if decision.state == State.CONFIRMED else None


def _changes(decision: Decision, made: Classification, urgent_words_read: int | None) -> dict[str, Any]:
    now = clock.now()
    seen = When(urgent_words__len=urgent_words_read or 0, urgent_seen_at=None, then=Value(now))
    return {
        "decision": made,
        "state": decision.state,
        "item_id": made.item_id,
        "kind": decision.kind,
        "about_unit_id": decision.about_unit_id,
        "duplicate_of_id": decision.duplicate_of_id,
        "public_reply": decision.public_reply,
        "urgent_seen_at": Case(seen, default=F("urgent_seen_at")) if urgent_words_read else F("urgent_seen_at"),
        "changed_at": now,
    }


def _refusal(feedback_id: int, expected_id: int | None) -> DecisionRefused:
    """Why the conditional UPDATE found nothing to change."""
    now = Feedback.objects.select_related("decision__officer", "decision__item").get(pk=feedback_id)
    if now.state == State.WITHDRAWN:
        return DecisionRefused(_("The resident has withdrawn this message; there is nothing left to decide."))
    if now.state not in DECIDABLE:
        return DecisionRefused(_("This is a rating without text; there is nothing to decide."))
    if now.is_in_matter and now.decision_id == expected_id:
        return DecisionRefused(_("A unit has this message already, so it stays confirmed. End its matter instead."))
    return DecidedMeanwhile(
        _(
            "%(who)s decided this at %(when)s: %(what)s. What you entered is still here; "
            "send it again only if you want to replace that decision."
        )
        % _told(now.decision)
    )


def _told(decision: Classification | None) -> dict[str, str]:
    if decision is None:
        return {"who": _("Somebody"), "when": "", "what": str(State.RECEIVED.label)}
    item = f" {decision.item_id} {decision.item}" if decision.item_id else ""
    return {
        "who": decision.officer.name if decision.officer else "",
        "when": decision.created_at.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M"),
        "what": f"{State(decision.state).label}{item}",
    }


def voices_bind(*, feedback_ids: Sequence[int]) -> None:
    """Keep confirmed voices confirmed from now on, for a matter deals with them; in the transaction that makes it."""
    Feedback.objects.filter(pk__in=feedback_ids).update(is_in_matter=True, changed_at=clock.now())


# Two officers must not make two voices duplicates of each other. Such decisions are rare and made by hand, so they
# simply take turns; a submission never waits for this lock.
_DUPLICATES_TAKE_TURNS = 0x6475706C


def _with_original(feedback_id: int, decision: Decision) -> Decision:
    """The same decision pointing at the original that the named voice leads to; refuses a circle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_DUPLICATES_TAKE_TURNS])
    original = decision.duplicate_of_id or 0
    seen: set[int] = set()
    while True:
        if original == feedback_id:
            raise DecisionRefused(_("A message cannot be the duplicate of itself, nor of its own duplicate."))
        # Locked: a withdrawal at this moment frees what is joined to it, and must see this one.
        locked = Feedback.objects.select_for_update(no_key=True, of=("self",)).filter(pk=original)
        found = locked.values("state", "duplicate_of_id").first()
        if found is None or found["state"] == State.WITHDRAWN or original in seen:
            raise DecisionRefused(_("There is no message of this number that could be the original."))
        if found["state"] != State.DUPLICATE:
            break
        seen.add(original)
        original = found["duplicate_of_id"] or 0
    # Whatever pointed at this voice goes on pointing at it: readers follow the chain, and no circle can form.
    return Decision(**{**vars(decision), "duplicate_of_id": original})


def _prepare_text(feedback_id: int) -> None:
    """Redact and index a voice that was decided before the classifier came to it; afterwards nobody would."""
    text = (
        Feedback.objects.filter(pk=feedback_id, suggestion__isnull=True, redacted="")
        .exclude(content="")
        .values_list("content", flat=True)
        .first()
    )
    if text is None:
        return
    redacted = redact(text).text
    tokens = Value(search_tokens(redacted), output_field=ArrayField(TextField()))
    vector = Func(tokens, function="array_to_tsvector", output_field=SearchVectorField())
    Feedback.objects.filter(pk=feedback_id).update(redacted=redacted, search=vector)


def suggestions_accept(*, officer: Officer, suggestions: Mapping[int, int]) -> tuple[list[int], list[Skipped]]:
    """Confirm the suggestions of many voices at once, each in its own transaction.

    ``suggestions`` maps a voice to the suggestion that was on the screen. Left alone and reported: what is decided
    meanwhile, what has another suggestion by now, and whatever needs an eye of its own (complaints, unknown kinds,
    opinions about officers, emergencies, matters that are not the police's).
    Returns the accepted ids and the skipped ones.
    """
    accepted: list[int] = []
    skipped: list[Skipped] = []
    rows = Feedback.objects.filter(pk__in=suggestions).select_related("suggestion").order_by("id")
    for feedback in rows:
        reason = _accept(officer, feedback, suggestions[feedback.pk])
        if reason:
            skipped.append(Skipped(feedback.pk, reason))
        else:
            accepted.append(feedback.pk)
    return accepted, skipped


def _accept(officer: Officer, feedback: Feedback, suggestion_id: int) -> str:
    """Confirm one suggestion; returns why not, or nothing when it is done."""
    suggestion = feedback.suggestion
    if suggestion is None or suggestion.pk != suggestion_id:
        return _("the suggestion has changed")
    if feedback.is_urgent:
        return _("an emergency: decide it on its own page")
    is_of_police = names_police(feedback.content)
    kind = kind_offered(feedback.kind, suggestion.kind, is_of_police=is_of_police)
    if suggestion.state != State.CONFIRMED or suggestion.item_id in (None, OUT_ITEM):
        return _("not a police matter: the resident must be told where to go")
    praised = is_praised(feedback.kind, feedback.service_rating)
    if not is_plainly_about_no_unit(suggestion.item_id or "", kind, is_of_police=is_of_police, is_praised=praised):
        return _("may be about a police unit: decide it on its own page")
    decision = Decision(State.CONFIRMED, suggestion.item_id, kind, public_reply=feedback.public_reply)
    try:
        feedback_classify(feedback_id=feedback.pk, officer=officer, decision=decision, expected_id=None, remarks_read=0)
    except DecisionRefused as refused:
        return str(refused)
    return ""


@transaction.atomic
def alert_acknowledge(*, feedback_id: int, officer: Officer, urgent_words_read: int) -> bool:
    """Record that the centre has seen an emergency. Returns whether this call did it.

    ``urgent_words_read`` is how many emergency words were on the screen: a remark that brought more stays unseen.
    """
    if not may(officer, Action.FEEDBACK_TRIAGE):
        raise PermissionDenied
    now = clock.now()
    done = Feedback.objects.filter(
        Q(urgent_words__len=urgent_words_read), pk=feedback_id, urgent_seen_at__isnull=True
    ).update(urgent_seen_at=now, changed_at=now)
    if done:
        audit_record(
            action="feedback.alert_seen",
            actor=officer,
            object_type="feedback",
            object_id=feedback_id,
            changed=["urgent_seen_at"],
        )
    return bool(done)


def list_read(*, officer: Officer, feedback_ids: Sequence[int], in_full: bool) -> None:
    """Record that ``officer`` was shown these texts on one page of the list."""
    if feedback_ids:
        audit_record(
            action="feedback.list",
            actor=officer,
            object_type="feedback",
            data={"ids": list(feedback_ids), "full": in_full},
        )


def feedback_read(*, officer: Officer, feedback_id: int, in_full: bool, also: Iterable[int] = ()) -> None:
    """Record that ``officer`` opened one voice; ``also`` are similar ones whose beginnings stood beside it."""
    data: dict[str, object] = {"full": in_full}
    if ids := list(also):
        data["also"] = ids
    audit_record(action="feedback.view", actor=officer, object_type="feedback", object_id=feedback_id, data=data)


def photo_read(*, officer: Officer, feedback_id: int, position: int) -> None:
    """Record that ``officer`` was shown one photo."""
    audit_record(
        action="feedback.photo_view",
        actor=officer,
        object_type="feedback",
        object_id=feedback_id,
        data={"position": position},
    )


def list_exported(*, officer: Officer, feedback_ids: Sequence[int], in_full: bool, filters: Sequence[str]) -> int:
    """Record an export before its file is handed out; returns the audit row's number, which the file carries."""
    return audit_record(
        action="feedback.export",
        actor=officer,
        object_type="feedback",
        data={"count": len(feedback_ids), "ids": list(feedback_ids), "full": in_full, "filters": list(filters)},
    ).pk
