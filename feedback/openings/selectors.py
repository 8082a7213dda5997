"""Requests for sealed contacts, each with its permission check, and what the resident is told of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from accounts.models import AuditEvent, Officer
from accounts.permissions import Action, may
from feedback.models import ContactOpening, Feedback, OpeningReason, OpeningState, SealedContact, State
from feedback.openings import rules
from opinion_portal import clock

PAGE = 50
# Told to the resident: a person saw the number, the system used it. Requests that came to nothing stay in the office.
TOLD = ("contact.open", "contact.use")


@dataclass(frozen=True)
class Line:
    """One request as it stands now."""

    opening: ContactOpening
    standing: OpeningState


@dataclass(frozen=True)
class OpeningPage:
    """What waits for the officer at the screen, and one page of the rest, newest first."""

    current: list[Line]
    earlier: list[Line]
    next_key: int | None


@dataclass(frozen=True)
class Opening:
    """The sealed contact left its seal: when, who (unit and post) saw it and why.

    ``is_system``: nobody saw it, the portal itself sent a message.
    """

    at: datetime
    who: str
    reason: str
    is_system: bool = False


# For the office ---------------------------------------------------------------------------------------------------
def openings_visible(officer: Officer) -> QuerySet[ContactOpening]:
    """The requests that ``officer`` may see: a custodian all of them, an asker the own ones, anybody else none."""
    openings = ContactOpening.objects.select_related("feedback", "asked_by__unit", "decided_by")
    if may(officer, Action.CONTACT_DECIDE):
        return openings
    return openings.filter(asked_by=officer) if may(officer, Action.CONTACT_ASK) else openings.none()


def openings_for(officer: Officer, *, now: datetime, after: int | None = None) -> OpeningPage:
    """What ``officer`` has to do with, and fifty earlier requests beyond the key ``after``.

    For a custodian that is what nobody has decided yet, the longest waiting first; for an asker what is still good
    for something.
    """
    decides = may(officer, Action.CONTACT_DECIDE)
    states = [OpeningState.ASKED] if decides else [OpeningState.ASKED, *rules.SHOWABLE]
    is_current = Q(state__in=states, expires_at__gt=now)
    visible = openings_visible(officer)
    current = visible.filter(is_current).order_by("id" if decides else "-id") if after is None else visible.none()
    earlier = visible.exclude(is_current).order_by("-id")
    if after is not None:
        earlier = earlier.filter(pk__lt=after)
    found = list(earlier[: PAGE + 1])
    more, found = len(found) > PAGE, found[:PAGE]
    return OpeningPage(_lines(current, now), _lines(found, now), found[-1].pk if more else None)


def _lines(openings: Iterable[ContactOpening], now: datetime) -> list[Line]:
    return [Line(opening, rules.standing_of(opening.state, opening.expires_at, now)) for opening in openings]


def opening_for(officer: Officer, opening_id: int) -> ContactOpening:
    """One request that ``officer`` may see; raises ``Http404`` for any other."""
    related = ("feedback__item", "feedback__suggestion__item")
    found = openings_visible(officer).select_related(*related).filter(pk=opening_id).first()
    if found is None:
        raise Http404
    return found


def opening_current(officer: Officer, feedback_id: int, *, now: datetime) -> int | None:
    """The officer's own request for this voice that still holds; there is at most one."""
    mine = ContactOpening.objects.filter(feedback=feedback_id, asked_by=officer, expires_at__gt=now)
    return mine.filter(state__in=(OpeningState.ASKED, *rules.SHOWABLE)).values_list("pk", flat=True).first()


def obstacle_to(feedback_id: int) -> str:
    """Why the contact of this voice cannot be opened by anybody; ``""`` when it can."""
    found = SealedContact.objects.filter(feedback=feedback_id).values("erased_at", "feedback__state").first()
    if found is None:
        return _("No phone number came with this message.")
    if found["feedback__state"] == State.WITHDRAWN:
        return _("The resident has withdrawn this message; the phone number is gone with it.")
    return _("The phone number has been erased; there is nothing left to open.") if found["erased_at"] else ""


def standing_told(opening_id: int, now: datetime) -> str:
    """Who did what, and when: for somebody who comes too late, or too early."""
    opening = ContactOpening.objects.select_related("asked_by", "decided_by").get(pk=opening_id)
    facts = {
        "asker": opening.asked_by.name,
        "custodian": opening.decided_by.name if opening.decided_by else "",
        "when": _moment(opening.changed_at),
        "decided": _moment(opening.decided_at or opening.changed_at),
        "end": _moment(opening.expires_at),
    }
    return _standings(is_over=opening.expires_at <= now)[OpeningState(opening.state)] % facts


def _standings(*, is_over: bool) -> dict[OpeningState, str]:
    ended = _("The approval of %(custodian)s ended at %(end)s. Ask again if the reason still holds.")
    lapsed = _("This request expired at %(end)s. Ask again if the reason still holds.")
    approved = _("%(custodian)s approved this at %(decided)s.")
    return {
        OpeningState.ASKED: lapsed if is_over else _("No custodian has decided this yet."),
        OpeningState.APPROVED: ended if is_over else approved,
        OpeningState.OPENED: ended if is_over else approved,
        OpeningState.REFUSED: _("%(custodian)s refused this at %(decided)s."),
        OpeningState.WITHDRAWN: _("%(asker)s took this back at %(when)s."),
        OpeningState.EXPIRED: lapsed,
    }


def _moment(moment: datetime) -> str:
    return moment.astimezone(clock.BUREAU_ZONE).strftime("%m-%d %H:%M")


# For the resident -------------------------------------------------------------------------------------------------
def openings_of(feedback: Feedback) -> list[Opening]:
    """Every time the contact of ``feedback`` left its seal, oldest first, as the audit log has it."""
    acts = AuditEvent.objects.filter(object_type="feedback", object_id=str(feedback.pk), action__in=TOLD)
    return [_opening(act) for act in acts.select_related("actor__unit").order_by("id")]


def _opening(act: AuditEvent) -> Opening:
    if act.action == "contact.use":
        return Opening(act.at, _("The system"), _("It used your number to send a message; nobody saw it."), True)
    return Opening(act.at, who_told(act), reason_told(act))


def who_told(act: AuditEvent) -> str:
    """Who acted, as residents read it: unit and post, never a person. With the moment the centre finds the officer."""
    if act.actor is None:
        return _("An officer")
    unit, post = str(act.actor.unit), str(act.actor.get_role_display())
    # An office of its own has its post's name.
    return unit if unit.casefold() == post.casefold() else _("%(unit)s (%(post)s)") % {"unit": unit, "post": post}


def reason_told(act: AuditEvent) -> str:
    """Why an officer asked: the reason's name and his or her own words."""
    code = act.data.get("reason")
    name = str(OpeningReason(code).label) if code in OpeningReason.values else ""
    if not (name and act.reason):
        return name or act.reason
    return _("%(name)s: %(words)s") % {"name": name, "words": act.reason}
