"""The moves as pages make them: what each is called, what it asks for, and the one service that carries it out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Officer, Unit
from measures import services
from measures.documents import Piece
from measures.matters.move_forms import (
    AnswerForm,
    DecisionForm,
    ExtensionForm,
    NoteForm,
    PassForm,
    PlainForm,
    RecallForm,
    ReviewForm,
)
from measures.models import Rectification
from measures.requests import request_ask, request_decide

Said = Mapping[str, Any]
Carry = Callable[[Officer, Rectification, Said], object]


@dataclass(frozen=True)
class Panel:
    """How one move stands on the page: its button, its key, its form, what is to be known of it, and its service.

    ``is_decision``: it answers an open request and stands with that request, not among the other moves.
    ``asks_of_matter``: its form offers what belongs to the matter.
    """

    label: Promise
    form: type[forms.Form]
    carry: Carry
    key: str = ""
    note_label: Promise | None = None
    help_text: Promise | str = ""
    is_grave: bool = False
    is_decision: bool = False
    asks_of_matter: bool = False


def _acknowledge(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_acknowledge(rectification_id=matter.pk, officer=officer)


def _progress(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_progress(rectification_id=matter.pk, officer=officer, note=said["note"])


@transaction.atomic
def _submit(officer: Officer, matter: Rectification, said: Said) -> None:
    evidence_add(officer, matter, said["evidence"])
    services.rectification_submit(rectification_id=matter.pk, officer=officer, result=said["result"])


@transaction.atomic
def evidence_add(officer: Officer, matter: Rectification, pieces: Sequence[Piece]) -> None:
    """Attach all of ``pieces``, or none."""
    for piece in pieces:
        services.evidence_add(
            rectification_id=matter.pk,
            officer=officer,
            name=piece.name,
            media_type=piece.media_type,
            data=piece.data,
        )


def _pass(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_review(
        rectification_id=matter.pk,
        officer=officer,
        passes=True,
        note=said["note"],
        public_reply=said["public_reply"],
        is_left_out=said["is_left_out"],
    )


def _rework(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_review(rectification_id=matter.pk, officer=officer, passes=False, note=said["note"])


def _supervise(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_supervise(rectification_id=matter.pk, officer=officer, note=said["note"])


def _recall(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_recall(
        rectification_id=matter.pk,
        officer=officer,
        about=Unit.objects.get(pk=said["about"]),
        voice_ids=said["voices"],
        note=said["note"],
    )


def _resume(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_resume(rectification_id=matter.pk, officer=officer, note=said["note"])


def _close_suspended(officer: Officer, matter: Rectification, said: Said) -> None:
    services.rectification_close_suspended(rectification_id=matter.pk, officer=officer, note=said["note"])


def _hand_over(to: str) -> Carry:
    def carry(officer: Officer, matter: Rectification, said: Said) -> None:
        services.rectification_hand_over(rectification_id=matter.pk, officer=officer, to=to, note=said["note"])

    return carry


def _ask(kind: str) -> Carry:
    def carry(officer: Officer, matter: Rectification, said: Said) -> None:
        request_ask(rectification_id=matter.pk, officer=officer, kind=kind, reason=said["note"], days=said.get("days"))

    return carry


def _decide(*, grants: bool) -> Carry:
    def carry(officer: Officer, matter: Rectification, said: Said) -> None:
        request_decide(request_id=said["request"], officer=officer, grants=grants, note=said["note"])

    return carry


def _decision(label: Promise, *, grants: bool) -> Panel:
    return Panel(label, DecisionForm, _decide(grants=grants), is_grave=not grants, is_decision=True)


PANELS: dict[str, Panel] = {
    "acknowledge": Panel(
        _("Sign for it"), PlainForm, _acknowledge, "a", help_text=_("The clock has been running since the dispatch.")
    ),
    "submit": Panel(_("Answer"), AnswerForm, _submit, "s", help_text=_("It goes to the centre, which reviews it.")),
    "progress": Panel(_("Note progress"), NoteForm, _progress, "p", _("What was done")),
    "pass": Panel(_("Pass the answer"), PassForm, _pass, "y", help_text=_("The resident is asked next.")),
    "rework": Panel(_("Send it back"), ReviewForm, _rework, "n", _("What is missing")),
    "ask_extension": Panel(_("Ask for more time"), ExtensionForm, _ask("extension"), "x", _("Why more time is needed")),
    "ask_return": Panel(
        _("Ask to return it"),
        NoteForm,
        _ask("return"),
        "r",
        _("Whose matter it is, and why"),
        _("The clock goes on until the centre agrees. If it does not, your unit is designated."),
    ),
    "ask_suspension": Panel(
        _("Ask to suspend it"),
        NoteForm,
        _ask("suspension"),
        "z",
        _("What stands in the way, and until when"),
        _("A bureau leader decides."),
    ),
    "ask_appeal": Panel(_("Appeal"), NoteForm, _ask("appeal"), "q", _("Why the answer should not count")),
    "resume": Panel(_("Take it up again"), NoteForm, _resume, "w", _("What has changed"), _("The clock starts anew.")),
    "close_suspended": Panel(
        _("Close it"),
        NoteForm,
        _close_suspended,
        "l",
        _("Why it cannot be solved"),
        _("It stays out of the rates."),
        is_grave=True,
    ),
    "supervise": Panel(
        _("Issue a supervision slip"), NoteForm, _supervise, "d", _("What is left undone"), is_grave=True
    ),
    "recall": Panel(
        _("Recall it: it is about its own unit"),
        RecallForm,
        _recall,
        "c",
        _("How it turned out"),
        _("The unit can no longer read it, by any way. Then dispatch it to another one."),
        is_grave=True,
        asks_of_matter=True,
    ),
    "hand_110": Panel(
        _("Hand it to 110"), NoteForm, _hand_over("110"), "1", _("Why"), _("The matter ends here."), is_grave=True
    ),
    "hand_petition": Panel(
        _("Hand it to petition or supervision"),
        NoteForm,
        _hand_over("petition"),
        "2",
        _("Why"),
        _("The matter ends here."),
        is_grave=True,
    ),
    "grant_return": _decision(_("Agree"), grants=True),
    "refuse_return": _decision(_("Refuse and designate the unit"), grants=False),
    "grant_extension": _decision(_("Grant"), grants=True),
    "refuse_extension": _decision(pgettext_lazy("request", "Refuse"), grants=False),
    "grant_suspension": _decision(_("Suspend it"), grants=True),
    "refuse_suspension": _decision(pgettext_lazy("request", "Refuse"), grants=False),
    "grant_appeal": _decision(_("Grant"), grants=True),
    "refuse_appeal": _decision(pgettext_lazy("request", "Refuse"), grants=False),
}
