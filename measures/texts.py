"""What moves and fields of a matter are called for people."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from opinion_portal.sentences import sentences

MOVE_TEXTS: dict[str, Promise] = {
    "dispatch": _("dispatched"),
    "acknowledge": _("signed for"),
    "progress": _("noted progress"),
    "evidence_add": _("added evidence"),
    "submit": _("answered"),
    "pass": _("passed the answer"),
    "rework": _("sent the answer back"),
    "close": _("closed"),
    "reopen": _("reopened"),
    "ask_return": _("asked to return it"),
    "grant_return": _("agreed to the return"),
    "refuse_return": _("refused the return and designated the unit"),
    "recall": _("recalled it from the unit that it is about"),
    "redispatch": _("dispatched anew"),
    "ask_extension": _("asked for more time"),
    "grant_extension": _("granted more time"),
    "refuse_extension": _("refused more time"),
    "ask_suspension": _("asked to suspend it"),
    "grant_suspension": _("suspended it"),
    "refuse_suspension": _("refused to suspend it"),
    "resume": _("took it up again"),
    "close_suspended": _("closed it from suspension"),
    "ask_appeal": _("appealed"),
    "grant_appeal": _("granted the appeal"),
    "refuse_appeal": _("refused the appeal"),
    "supervise": _("issued a supervision slip"),
    "hand_110": _("handed it to 110"),
    "hand_petition": _("handed it to petition or supervision"),
    "escalate_interview": _("issued an interview notice"),
    "escalate_circulated": _("circulated a criticism"),
}
# As the page tells whoever has just pressed for it: what is so now, and what comes next where that is not plain.
_DONE: dict[str, Promise] = {
    "acknowledge": _("Signed for."),
    "progress": _("The progress is noted."),
    "evidence_add": _("The evidence is added."),
    "submit": _("The answer is handed in and waits for its review."),
    "pass": _("The answer is passed; the residents are asked next."),
    "rework": _("The answer is sent back to the unit."),
    "ask_return": _("The return is asked for; the clock goes on until the centre agrees."),
    "grant_return": _("The return is agreed to; dispatch it to another unit now."),
    "refuse_return": _("The return is refused; the unit is designated to handle it."),
    "recall": _("Recalled; the unit can no longer read it. Dispatch it to another unit now."),
    "ask_extension": _("More time is asked for; until the centre grants it, the clock goes on as before."),
    "grant_extension": _("More time is granted."),
    "refuse_extension": _("More time is refused; the last day stays as it was."),
    "ask_suspension": _("The suspension is asked for; until a bureau leader decides, the clock goes on as before."),
    "grant_suspension": _("Suspended."),
    "refuse_suspension": _("The suspension is refused; the unit goes on handling it."),
    "resume": _("Taken up again; the clock starts anew."),
    "close_suspended": _("Closed from suspension; it stays out of the rates."),
    "ask_appeal": _("The appeal is handed in; until the centre decides, the clock goes on as before."),
    "grant_appeal": _("The appeal is granted and the matter closed."),
    "refuse_appeal": _("The appeal is refused; the unit goes on handling it."),
    "supervise": _("The supervision slip is issued."),
    "hand_110": _("Handed to 110; the matter ends here."),
    "hand_petition": _("Handed to petition or supervision; the matter ends here."),
}
_FIELDS: dict[str, Promise] = {
    "about": _("the unit that it is about"),
    "brief": _("what the unit reads"),
    "closing": _("why it can be closed"),
    "days": _("how many working days"),
    "evidence": _("at least one photo or document as evidence"),
    "item": _("the item"),
    "lead_unit": _("the lead unit"),
    "note": _("the reason"),
    "public_reply": _("what the resident reads"),
    "result": _("what was done"),
    "title": _("the title"),
    "voices": _("the messages that are about the unit"),
}
# The grades of the follow-up, by the names under which an event keeps them.
_ANSWERS: dict[str, Promise] = {
    "satisfied": _("Satisfied"),
    "basically": _("Basically satisfied"),
    "dissatisfied": _("Dissatisfied"),
}


def heard_text(data: Mapping[str, object]) -> str:
    """What the follow-up found, in the reader's language: ``answer`` (and ``is_solved``) of one resident, or how many
    were ``heard`` of those ``asked``. Nothing for an event of another kind.
    """
    if "answer" in data:
        answer = str(data["answer"])
        told = gettext("The resident answered: %(answer)s.") % {"answer": _ANSWERS.get(answer, answer)}
        return sentences(told, gettext("Not solved.") if data.get("is_solved") is False else "")
    if "heard" in data:
        told = ngettext(
            "The one resident asked is satisfied or basically satisfied.",
            "%(heard)d of %(asked)d residents answered, all satisfied or basically satisfied.",
            int(str(data["asked"])),
        )
        return told % data
    return ""


def move_text(name: str) -> str:
    """What somebody did, as the history tells it."""
    return str(MOVE_TEXTS.get(name, name))


def done_text(name: str) -> str:
    """What a move that was made just now has led to."""
    return str(_DONE[name])


def field_text(name: str) -> str:
    """What a field is called in "please fill in …"."""
    return str(_FIELDS.get(name, name))
