"""Logging a visit: one transaction for the visit and everything that was said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Officer
from accounts.services import audit_record
from feedback.models import Channel, Visit
from feedback.sealing import keyed_hash
from feedback.services import Submitted, Voice, feedback_submit
from opinion_portal import clock
from stations.models import SensingPoint


@dataclass(frozen=True)
class Opinion:
    """What one person said. ``number`` is its place in the form: it names the opinion when the form comes again."""

    number: int
    content: str = ""
    service_rating: int | None = None
    safety_rating: int | None = None
    kind: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.content and self.service_rating is None and self.safety_rating is None


@dataclass(frozen=True)
class Logged:
    """What the officer is told: the visit, how many opinions were new, and whether the form had come before."""

    visit: Visit
    stored: int
    is_replay: bool


class VisitRefused(Exception):
    """The visit was not stored; the text says why, in the officer's language."""


@transaction.atomic
def visit_log(
    *,
    officer: Officer,
    client_id: str,
    point: SensingPoint,
    place: str,
    reached: int,
    visited_on: date,
    note: str,
    opinions: Sequence[Opinion],
) -> Logged:
    """Store a visit with its opinions, all or nothing; empty opinions are left out.

    The same ``client_id`` again finds the visit stored before and adds only opinions that it did not have. Raises
    ``VisitRefused`` when that visit is another officer's.
    """
    key = keyed_hash("visit", client_id)
    fields = {"point": point, "place": place, "reached": reached, "visited_on": visited_on, "note": note}
    visit, is_new = Visit.objects.get_or_create(client_key=key, defaults={**fields, "officer": officer})
    if visit.officer_id != officer.pk:
        raise VisitRefused(_("Another officer has sent this form. Please open a new one."))
    voices = [_voice(visit, client_id, opinion) for opinion in opinions if not opinion.is_empty]
    submitted = [feedback_submit(voice=voice, actor=officer) for voice in voices]
    _record(officer, visit, submitted, is_new=is_new)
    return Logged(visit, sum(not one.is_replay for one in submitted), is_replay=not is_new)


def _voice(visit: Visit, client_id: str, opinion: Opinion) -> Voice:
    return Voice(
        client_id=f"{client_id}:{opinion.number}",
        channel=Channel.VISIT,
        content=opinion.content,
        service_rating=opinion.service_rating,
        safety_rating=opinion.safety_rating,
        kind=opinion.kind,
        point_id=visit.point_id,
        visit_id=visit.pk,
        said_at=_said_at(visit.visited_on, clock.now()),
    )


def _said_at(day: date, now: datetime) -> datetime:
    """Noon of the visit's day where the bureau is; now, when that is still to come."""
    return min(now, datetime.combine(day, time(12), tzinfo=clock.BUREAU_ZONE))


def _record(officer: Officer, visit: Visit, submitted: list[Submitted], *, is_new: bool) -> None:
    new = sum(not one.is_replay for one in submitted)
    if not is_new and not new:
        return
    audit_record(
        action="visit.log" if is_new else "visit.add",
        actor=officer,
        object_type="visit",
        object_id=visit.pk,
        data={"point": visit.point_id, "reached": visit.reached, "opinions": new},
    )
