"""Every write of this room that a resident causes. The centre's decisions are in ``queue/services.py``."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, connection, transaction

from accounts.models import Officer
from accounts.services import RESIDENT, SYSTEM, audit_record
from feedback import tasks
from feedback.alerts import alert_words, danger_words
from feedback.models import Attachment, Channel, Feedback, Receipt, Remark, SealedContact, State, reference_of
from feedback.receipts import client_key, receipt_digest, receipt_for
from feedback.redaction import redact
from feedback.resubmission import id_of_change, says_something_else
from feedback.sealing import contact_seal
from opinion_portal import clock
from opinion_portal.database.on_loop import LoopConnection
from opinion_portal.prepared import Prepared


@dataclass(frozen=True)
class Photo:
    """A re-encoded photo: bytes without metadata, pixels."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class Voice:
    """What one form carries. ``client_id`` is the form's own id: the same id twice is the same voice.

    A point is named by ``point_code`` (as scanned, possibly unknown) or by ``point_id``. ``said_at`` is when it was
    said, for what is entered later; ``None`` means now.
    """

    client_id: str
    channel: Channel
    content: str = ""
    service_rating: int | None = None
    safety_rating: int | None = None
    kind: str = ""
    point_code: str = ""
    point_id: int | None = None
    phone: str = ""
    no_call: bool = False
    language: str = "zh-hans"
    said_at: datetime | None = None
    photos: Sequence[Photo] = field(default_factory=tuple)
    visit_id: int | None = None
    import_batch_id: int | None = None
    source_id: str = ""
    is_rated_out: bool = False


@dataclass(frozen=True)
class Submitted:
    """What the sender is told. ``is_replay``: the form had arrived before and no new voice was stored.

    ``has_added``: its words were new and stand under the voice that was there.
    """

    feedback_id: int
    reference: str
    receipt: str
    urgent_words: list[str]
    is_replay: bool
    has_added: bool = False


# One statement, one transaction, one round trip: whatever of it fails, none of it happened. The point's code is
# looked up inside, so a code revoked a moment ago is seen. It takes one voice or those that wait together. (Counted by
# the benchmark; see docs/decisions/0001 and 0008.)
SUBMIT = Prepared(
    "feedback_submit",
    {
        "client_key": "bytea",
        "channel": "text",
        "point_id": "bigint",
        "point_code": "text",
        "language": "text",
        "service_rating": "smallint",
        "safety_rating": "smallint",
        "kind": "text",
        "content": "text",
        "no_call": "boolean",
        "is_rated_out": "boolean",
        "visit_id": "bigint",
        "import_batch_id": "bigint",
        "source_id": "text",
        "said_at": "timestamptz",
        "state": "text",
        "urgent_words": "varchar[]",
        "digest": "bytea",
        "algorithm": "text",
        "key_id": "text",
        "nonce": "bytea",
        "ciphertext": "bytea",
        "lookup": "bytea",
        "now": "timestamptz",
        "actor_id": "bigint",
        "actor_label": "text",
        "facts": "jsonb",
    },
    """
WITH said AS MATERIALIZED (
    SELECT given.*, code.id AS code_id, coalesce(given.point_id, code.point_id) AS place_id,
        CASE WHEN point_code = '' THEN 'none' WHEN code.id IS NULL THEN 'unknown'
             WHEN code.revoked_at IS NULL THEN 'live' ELSE 'revoked' END AS code_state
    FROM %(given)s LEFT JOIN stations_pointcode code ON code.code = given.point_code
), fresh AS (
    INSERT INTO feedback_feedback (
        client_key, channel, point_id, code_id, code_text, code_state, language, service_rating, safety_rating, kind,
        content, no_call, is_rated_out, visit_id, import_batch_id, source_id, said_at, state, urgent_words
    ) SELECT
        client_key, channel, place_id, code_id, point_code, code_state, language, service_rating, safety_rating, kind,
        content, no_call, is_rated_out, visit_id, import_batch_id, source_id, said_at, state, urgent_words
    FROM said
    ON CONFLICT (client_key) DO NOTHING
    RETURNING id, client_key
), stored AS MATERIALIZED (
    SELECT said.*, fresh.id FROM fresh JOIN said USING (client_key)
), receipt AS (
    INSERT INTO feedback_receipt (feedback_id, digest) SELECT id, digest FROM stored WHERE digest IS NOT NULL
), contact AS (
    INSERT INTO feedback_sealedcontact (feedback_id, algorithm, key_id, nonce, ciphertext, lookup, consented_at)
    SELECT id, algorithm, key_id, nonce, ciphertext, lookup, now FROM stored WHERE ciphertext IS NOT NULL
), audit AS (
    INSERT INTO accounts_auditevent (action, actor_id, actor_label, object_type, object_id, changed, data)
    SELECT 'feedback.submit', actor_id, actor_label, 'feedback', id::text, '{}', facts FROM stored
)
SELECT id, client_key FROM fresh
""",
)


def feedback_submit(*, voice: Voice, actor: Officer | str = RESIDENT) -> Submitted:
    """Store one voice: feedback, receipt, sealed contact, photos and audit row, all or nothing.

    The same ``client_id`` again stores nothing and answers with the same receipt. A form of the page that says
    something else by now (``resubmission.py``) is a voice of its own; a programme's other text is kept as a remark.
    Raises ``django.db.Error`` when the database refuses.
    """
    for attempt in range(_RECEIPT_ATTEMPTS):
        try:
            return _submit_once(voice, actor, attempt)
        except IntegrityError as error:
            if "receipt_digest" not in str(error) or attempt == _RECEIPT_ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


async def drafts_submit(drafts: Sequence["Draft"]) -> list[Submitted | None]:
    """Store voices in one statement, all or none; ``None`` for a form that was there before.

    Raises ``django.db.Error`` when the database refuses: then none is stored, and each can be tried alone.
    """
    rows: dict[bytes, dict[str, Any]] = {}
    for draft in drafts:
        rows.setdefault(draft.row["client_key"], draft.row)
    # In order: two statements with the same forms must not wait for each other in a ring.
    ordered = [rows[key] for key in sorted(rows)]
    fresh = {key: feedback_id for feedback_id, key in await _on_loop.fetch_all(SUBMIT, ordered)}
    tasks.wake_classifier(urgent=any(row["urgent_words"] for row in ordered))
    # Of two that are the same form the first is the new one.
    stored = [(fresh.pop(draft.row["client_key"], None), draft) for draft in drafts]
    return [draft.submitted(feedback_id) if feedback_id else None for feedback_id, draft in stored]


_on_loop = LoopConnection()
_RECEIPT_ATTEMPTS = 3


class Draft(NamedTuple):
    """A voice on its way into the database: the statement's row, and the receipt that goes to the sender alone."""

    row: dict[str, Any]
    receipt: str

    def submitted(self, feedback_id: int) -> Submitted:
        words = self.row["urgent_words"]
        return Submitted(feedback_id, reference_of(feedback_id), self.receipt, words, is_replay=False)


def voice_draft(voice: Voice, actor: Officer | str = RESIDENT, attempt: int = 0) -> Draft:
    """What is to be stored of a voice without its photos."""
    words = alert_words(voice.content, voice.said_at, clock.now())
    receipt = receipt_for(voice.client_id, attempt)
    return Draft(_row(voice, actor, receipt, words), receipt)


def _submit_once(voice: Voice, actor: Officer | str, attempt: int) -> Submitted:
    draft = voice_draft(voice, actor, attempt)
    row = draft.row
    # A lone statement is a transaction of its own. In a caller's transaction it needs a savepoint only where a receipt
    # may have to be drawn again.
    if not voice.photos and not (connection.in_atomic_block and row["digest"]):
        feedback_id = _insert(row)
    else:
        with transaction.atomic():
            feedback_id = _insert(row)
            if feedback_id is not None:
                _insert_photos(feedback_id, voice.photos)
    if feedback_id is None:
        return _replayed(voice, actor)
    transaction.on_commit(lambda: tasks.wake_classifier(urgent=bool(row["urgent_words"])), robust=True)
    return draft.submitted(feedback_id)


def _row(voice: Voice, actor: Officer | str, receipt: str, words: list[str]) -> dict[str, Any]:
    key = client_key(voice.client_id)
    now = clock.now()
    sealed = contact_seal(voice.phone, bound_to=key) if voice.phone else None
    has_receipt = voice.channel in (Channel.QR, Channel.API)
    return {
        "client_key": key,
        "channel": voice.channel.value,
        "point_id": voice.point_id,
        "point_code": voice.point_code,
        "language": voice.language,
        "service_rating": voice.service_rating,
        "safety_rating": voice.safety_rating,
        "kind": voice.kind,
        "content": voice.content,
        "no_call": voice.no_call,
        "is_rated_out": voice.is_rated_out,
        "visit_id": voice.visit_id,
        "import_batch_id": voice.import_batch_id,
        "source_id": voice.source_id,
        "said_at": voice.said_at or now,
        "state": (State.RECEIVED if voice.content or voice.photos else State.RATED).value,
        "urgent_words": words,
        "digest": receipt_digest(receipt) if has_receipt else None,
        "algorithm": sealed and sealed.algorithm,
        "key_id": sealed and sealed.key_id,
        "nonce": sealed and sealed.nonce,
        "ciphertext": sealed and sealed.ciphertext,
        "lookup": sealed and sealed.lookup,
        "now": now,
        "actor_id": actor.pk if isinstance(actor, Officer) else None,
        "actor_label": actor.username if isinstance(actor, Officer) else actor,
        "facts": {"channel": voice.channel.value},
    }


def _insert(row: dict[str, Any]) -> int | None:
    found = SUBMIT.fetch_all([row])
    return found[0][0] if found else None


def _insert_photos(feedback_id: int, photos: Sequence[Photo]) -> None:
    Attachment.objects.bulk_create(
        Attachment(
            feedback_id=feedback_id,
            position=position,
            media_type=photo.media_type,
            width=photo.width,
            height=photo.height,
            data=photo.data,
        )
        for position, photo in enumerate(photos, start=1)
    )


def _replayed(voice: Voice, actor: Officer | str) -> Submitted:
    known = Feedback.objects.get(client_key=client_key(voice.client_id))
    if voice.channel == Channel.QR and says_something_else(voice, known):
        return feedback_submit(voice=replace(voice, client_id=id_of_change(voice)), actor=actor)
    words, has_added = known.urgent_words, False
    if voice.content and voice.content != known.content:
        with transaction.atomic():
            has_added = _remark_add(known.pk, voice.content)
        words = [*words, *danger_words(voice.content)]
    receipt = _receipt_of(known, voice.client_id)
    return Submitted(known.id, known.reference, receipt, words, is_replay=True, has_added=has_added)


def _receipt_of(known: Feedback, client_id: str) -> str:
    stored = Receipt.objects.filter(feedback=known).values_list("digest", flat=True).first()
    for attempt in range(_RECEIPT_ATTEMPTS):
        receipt = receipt_for(client_id, attempt)
        if stored is not None and bytes(stored) == receipt_digest(receipt):
            return receipt
    return ""


def _remark_add(feedback_id: int, content: str) -> bool:
    # The lock makes two taps one remark, and keeps a remark from arriving behind a withdrawal.
    feedback = Feedback.objects.select_for_update(no_key=True, of=("self",)).get(pk=feedback_id)
    if feedback.state == State.WITHDRAWN or _is_said_already(feedback, content):
        return False
    words = danger_words(content)
    changes: dict[str, Any] = {"changed_at": clock.now()}
    if words:
        changes |= {"urgent_words": list(dict.fromkeys([*feedback.urgent_words, *words])), "urgent_seen_at": None}
    if feedback.state == State.RATED:
        # A rating that finds its words later is a voice to judge: its words stand where a voice's words stand.
        changes |= {"state": State.RECEIVED, "content": content}
    else:
        Remark.objects.create(feedback=feedback, content=content, redacted=redact(content).text)
    Feedback.objects.filter(pk=feedback_id).update(**changes)
    audit_record(action="feedback.remark", actor=RESIDENT, object_type="feedback", object_id=feedback_id)
    transaction.on_commit(lambda: tasks.wake_classifier(urgent=bool(words)), robust=True)
    return True


def _is_said_already(feedback: Feedback, content: str) -> bool:
    return content == feedback.content or Remark.objects.filter(feedback=feedback, content=content).exists()


@transaction.atomic
def feedback_remark(*, feedback: Feedback, content: str) -> bool:
    """Add what the resident says later. Emergency words in it alert the centre as they do in a first message.

    Returns whether anything was added: the same words twice make one remark, and a withdrawn voice takes none.
    """
    return _remark_add(feedback.pk, content)


@transaction.atomic
def feedback_withdraw(*, feedback: Feedback) -> bool:
    """Take a voice back: text, photos and contact go, ratings leave the rates, a tombstone stays.

    Returns whether this call did it; ``False`` when it was withdrawn before.
    """
    done = (
        Feedback.objects.filter(pk=feedback.pk)
        .exclude(state=State.WITHDRAWN)
        .update(
            state=State.WITHDRAWN,
            content="",
            redacted="",
            search=None,
            urgent_words=[],
            is_rated_out=True,
            changed_at=clock.now(),
        )
    )
    if not done:
        return False
    Attachment.objects.filter(feedback=feedback).delete()
    Remark.objects.filter(feedback=feedback).update(content="", redacted="")
    _contact_empty(feedback)
    _duplicates_free(feedback.pk)
    audit_record(
        action="feedback.withdraw",
        actor=RESIDENT,
        object_type="feedback",
        object_id=feedback.pk,
        changed=["state", "content", "attachments", "remarks", "contact"],
    )
    return True


def _duplicates_free(original_id: int) -> None:
    """What was joined to it stands for itself again and waits for the centre, unless a matter deals with both."""
    joined = Feedback.objects.filter(duplicate_of=original_id, duplicate_of__is_in_matter=False, state=State.DUPLICATE)
    freed = list(joined.select_for_update(no_key=True, of=("self",)).order_by("id").values_list("id", flat=True))
    Feedback.objects.filter(pk__in=freed).update(
        state=State.RECEIVED, decision=None, duplicate_of=None, public_reply="", changed_at=clock.now()
    )
    for feedback_id in freed:
        audit_record(
            action="feedback.duplicate_free",
            actor=SYSTEM,
            object_type="feedback",
            object_id=feedback_id,
            changed=["state", "decision", "duplicate_of", "public_reply"],
            data={"original": original_id},
        )


@transaction.atomic
def contact_erase(*, feedback: Feedback) -> bool:
    """Erase the contact data; the tombstone keeps only that and when. Returns whether there was any."""
    if not _contact_empty(feedback):
        return False
    audit_record(
        action="contact.erase", actor=RESIDENT, object_type="feedback", object_id=feedback.pk, changed=["contact"]
    )
    return True


def _contact_empty(feedback: Feedback) -> bool:
    return bool(
        SealedContact.objects.filter(feedback=feedback, erased_at__isnull=True).update(
            ciphertext=b"", nonce=b"", lookup=None, erased_at=clock.now()
        )
    )
