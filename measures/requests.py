"""What a unit asks about a matter, and the answer: to return it, more days, to suspend it, an appeal."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Officer
from measures.models import Closing, MatterRequest, Rectification
from measures.moves import MOVES
from measures.selectors import deadline_amount, due_at
from measures.transitions import MatterRefused, MovedMeanwhile, closing_changes, move_make, require, when_text
from opinion_portal import clock

# Longer extensions are a matter for a suspension (挂账).
EXTENSION_DAYS_MAX = 30
_A_MOMENT = timedelta(microseconds=1)


@transaction.atomic
def request_ask(
    *, rectification_id: int, officer: Officer, kind: str, reason: str, days: int | None = None
) -> MatterRequest:
    """Ask to return a matter, for more days, to suspend it, or against what an answer did. The clock goes on.

    Raises ``MatterRefused`` for a return after its five working days or of a designated matter, for too many days, and
    when the same is asked already.
    """
    move = MOVES[f"ask_{kind}"]
    require(move, {"note": reason, "days": days})
    matter = Rectification.objects.get(pk=rectification_id)
    _check_request(matter, kind, days)
    only = Q(is_designated=False) if kind == MatterRequest.Kind.RETURN else Q()
    move_make(move.name, rectification_id, officer, note=reason, only=only, data={"days": days} if days else {})
    try:
        with transaction.atomic():
            return MatterRequest.objects.create(
                rectification=matter,
                kind=kind,
                reason=reason,
                days=days if kind == MatterRequest.Kind.EXTENSION else None,
                asked_by=officer,
                unit=officer.unit,
                asked_at=clock.now(),
            )
    except IntegrityError as error:
        raise MovedMeanwhile(_("This has been asked already and waits for a decision.")) from error


def _check_request(matter: Rectification, kind: str, days: int | None) -> None:
    if kind == MatterRequest.Kind.RETURN and clock.now() >= due_at(matter.dispatched_at, deadline_amount("return")):
        limit = deadline_amount("return")
        raise MatterRefused(
            ngettext(
                "A matter can be returned within %(n)d working day of its dispatch; that has passed.",
                "A matter can be returned within %(n)d working days of its dispatch; they have passed.",
                limit,
            )
            % {"n": limit}
        )
    if kind == MatterRequest.Kind.RETURN and matter.is_designated:
        raise MatterRefused(_("The centre has designated your unit; a designated unit may not return the matter."))
    if kind == MatterRequest.Kind.EXTENSION and not 1 <= (days or 0) <= EXTENSION_DAYS_MAX:
        raise MatterRefused(_("An extension is 1 to %(most)d working days.") % {"most": EXTENSION_DAYS_MAX}, "days")
    if kind == MatterRequest.Kind.APPEAL and not matter.dissatisfied_count:
        raise MatterRefused(_("An appeal needs an answer of the resident to appeal against."))


@transaction.atomic
def request_decide(*, request_id: int, officer: Officer, grants: bool, note: str) -> None:
    """Grant or refuse what a unit asks. Refusing a return designates the unit: it may not ask again."""
    request = MatterRequest.objects.get(pk=request_id)
    # The matter before its request, as every other move locks them: two who come from both ends would wait for ever.
    matter = Rectification.objects.select_for_update(no_key=True).get(pk=request.rectification_id)
    now = clock.now()
    move = MOVES[f"{'grant' if grants else 'refuse'}_{request.kind}"]
    done = MatterRequest.objects.filter(pk=request_id, state=MatterRequest.State.OPEN).update(
        state="granted" if grants else "refused", decided_by=officer, decided_at=now, decision_note=note
    )
    if not done:
        raise _decided_meanwhile(request_id)
    changes = _granted(request, matter, note) if grants else _refused(request)
    move_make(move.name, matter.pk, officer, note=note, changes=changes)
    if grants and request.kind != MatterRequest.Kind.EXTENSION:
        requests_lapse(matter.pk)


def _granted(request: MatterRequest, matter: Rectification, note: str) -> dict[str, Any]:
    if request.kind == MatterRequest.Kind.RETURN:
        return {"return_count": F("return_count") + 1}
    if request.kind == MatterRequest.Kind.EXTENSION:
        # The added days follow the old limit, or this moment if that has passed: late stays late in the history.
        last_day = max(matter.due_at, clock.now()) - _A_MOMENT
        return {"due_at": due_at(last_day, request.days or 0), "extension_count": F("extension_count") + 1}
    if request.kind == MatterRequest.Kind.APPEAL:
        return closing_changes(Closing.APPEALED, note) | {"is_left_out": True}
    return {}


def _refused(request: MatterRequest) -> dict[str, Any]:
    return {"is_designated": True} if request.kind == MatterRequest.Kind.RETURN else {}


def _decided_meanwhile(request_id: int) -> MovedMeanwhile:
    request = MatterRequest.objects.select_related("decided_by").get(pk=request_id)
    return MovedMeanwhile(
        _("%(who)s decided this at %(when)s: %(what)s.")
        % {
            "who": request.decided_by.name if request.decided_by else _("The portal"),
            "when": when_text(request.decided_at),
            "what": request.get_state_display(),
        }
    )


def requests_lapse(rectification_id: int) -> None:
    """What was asked has no object any more: the matter went another way."""
    MatterRequest.objects.filter(rectification=rectification_id, state=MatterRequest.State.OPEN).update(
        state=MatterRequest.State.LAPSED, decided_at=clock.now()
    )
