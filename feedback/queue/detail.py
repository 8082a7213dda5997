"""What the page of one voice shows, and to whom."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.alerts import danger_words, is_long_past
from feedback.models import Feedback, Kind, SealedContact, State
from feedback.queue.choices import Groups, Reference, units_to_name
from feedback.queue.forms import About, DecisionForm, assumed_about
from feedback.queue.highlight import marked, spans_of_terms, spans_of_words
from feedback.queue.replies import reason_told, replies
from feedback.queue.rules import OUT_ITEM, kind_offered, names_police
from feedback.queue.selectors import is_decidable
from feedback.queue.similar import similar_to
from feedback.queue.story import readers_of, story_of
from feedback.selectors import reads_in_full, remarks_visible


@dataclass(frozen=True)
class Option:
    """One suggested item: its code and name, and how sure the classifier is (0 to 1, unknown without a suggestion)."""

    code: str
    name: str
    confidence: float | None

    @property
    def percent(self) -> int | None:
        return None if self.confidence is None else round(self.confidence * 100)


def detail_page(
    officer: Officer, feedback: Feedback, reference: Reference, form: DecisionForm | None
) -> dict[str, Any]:
    """The template's context. Officers who read redacted text get neither photos nor history nor candidates."""
    can_triage = may(officer, Action.FEEDBACK_TRIAGE)
    in_full = reads_in_full(officer)
    context: dict[str, Any] = {
        "feedback": feedback,
        "can_triage": can_triage,
        "in_full": in_full,
        "kind_label": str(Kind(feedback.kind).label) if feedback.kind else "",
        "text": _text(feedback) if in_full else feedback.redacted,
        "is_being_prepared": not in_full and bool(feedback.content) and not feedback.redacted,
        "remarks": [
            (remark.created_at, remark.content if in_full else remark.redacted)
            for remark in remarks_visible(officer, feedback)
        ],
    }
    if in_full:
        context |= _for_full_readers(feedback) | {"past_danger": _past_danger(feedback)}
    if can_triage and is_decidable(feedback):
        context |= _for_deciding(feedback, reference, form)
    return context


def _text(feedback: Feedback) -> SafeString:
    """The words as received, the emergency words and those that led to the suggestion marked."""
    terms = [*feedback.urgent_words, *_past_danger(feedback)]
    spans = spans_of_terms(feedback.content, terms, "mark-urgent")
    if feedback.suggestion is not None:
        spans += spans_of_words(feedback.content, feedback.suggestion.words, "mark-word")
    return marked(feedback.content, spans)


def _past_danger(feedback: Feedback) -> list[str]:
    """The emergency words of a voice that raised no alert for them because it was old when it arrived."""
    return danger_words(feedback.content) if is_long_past(feedback.said_at, feedback.received_at) else []


def _for_full_readers(feedback: Feedback) -> dict[str, Any]:
    contact = SealedContact.objects.filter(feedback=feedback).values_list("erased_at", flat=True)
    erased = list(contact)
    return {
        "photos": list(feedback.attachments.defer("data")),
        "has_contact": bool(erased) and erased[0] is None,
        "contact_erased_at": erased[0] if erased else None,
        "similar": similar_to(feedback),
        "story": story_of(feedback),
        "readers": readers_of(feedback),
        "decision": feedback.decision,
        "decision_reason": reason_told(feedback.state, feedback.decision.reason) if feedback.decision else "",
        "duplicates": list(feedback.duplicates.filter(state=State.DUPLICATE).order_by("id")[:20]),
    }


def _for_deciding(feedback: Feedback, reference: Reference, form: DecisionForm | None) -> dict[str, Any]:
    options = _options(feedback, reference)
    value = form.data if form is not None else _defaults(feedback)
    return {
        "can_decide": True,
        "form": form,
        "value": value,
        "item_is_option": not value.get("item") or value["item"] in {option.code for option in options},
        "options": options,
        "item_groups": _other_items(reference, {option.code for option in options}),
        "kinds": Kind.choices,
        "units": units_to_name(),
        "reasons": [(reply, reply.told(feedback.language)) for reply in replies(State.INVALID)],
        "destinations": [(reply, reply.told(feedback.language)) for reply in replies(State.OUT_OF_SCOPE)],
        "suggests_out": feedback.suggestion is not None and feedback.suggestion.item_id == OUT_ITEM,
    }


def _options(feedback: Feedback, reference: Reference) -> list[Option]:
    """The suggestion, then its alternatives; never OUT, which is a decision of its own."""
    suggestion = feedback.suggestion
    if suggestion is None:
        return []
    ranked = {suggestion.item_id or "": suggestion.confidence}
    for other in suggestion.alternatives:
        ranked.setdefault(other["item"], other["confidence"])
    return [
        Option(code, str(reference.items[code]), confidence)
        for code, confidence in ranked.items()
        if code in reference.items and code != OUT_ITEM
    ]


def _other_items(reference: Reference, taken: set[str]) -> Groups:
    groups = [
        (category, [(code, name) for code, name in items if code not in taken and code != OUT_ITEM])
        for category, items in reference.item_groups()
    ]
    return [(category, items) for category, items in groups if items]


def _defaults(feedback: Feedback) -> Mapping[str, Any]:
    """What stands in the form at first: the present decision, or else the suggestion."""
    suggestion, decision = feedback.suggestion, feedback.decision
    item = feedback.item_id or (suggestion.item_id if suggestion else "") or ""
    guessed = suggestion.kind if suggestion else ""
    kind = kind_offered(feedback.kind, guessed, is_of_police=names_police(feedback.content))
    code, _separator, explanation = decision.reason.partition("\n") if decision else ("", "", "")
    return {
        "decision": feedback.state if decision else _first_guess(feedback),
        "item": item,
        "kind": kind,
        "about": _about_now(feedback) if feedback.state == State.CONFIRMED else assumed_about(feedback, item, kind),
        "about_unit": str(feedback.about_unit_id or ""),
        "reason": code if feedback.state == State.INVALID else "",
        "destination": code if feedback.state == State.OUT_OF_SCOPE else "",
        "explanation": explanation,
        "original": feedback.duplicate_of.reference if feedback.duplicate_of else "",
        "public_reply": feedback.public_reply,
    }


def _first_guess(feedback: Feedback) -> str:
    suggestion = feedback.suggestion
    return State.OUT_OF_SCOPE if suggestion and suggestion.item_id == OUT_ITEM else State.CONFIRMED


def _about_now(feedback: Feedback) -> str:
    if feedback.about_unit_id is None:
        return About.NONE
    station = feedback.point.station_id if feedback.point else None
    return About.STATION if feedback.about_unit_id == station else About.OTHER
