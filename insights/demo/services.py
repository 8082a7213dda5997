"""Plays the half-month through the portal's own doors, as residents, officers and the centre would use them."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import Officer, Role
from feedback.classifying import suggestions_make
from feedback.models import Channel, Classification, Feedback, Kind, State
from feedback.queue.replies import reply_named
from feedback.queue.rules import ITEMS_ABOUT_POLICE, OUT_ITEM
from feedback.queue.services import Decision, feedback_classify
from feedback.services import Voice, feedback_submit
from feedback.visits.services import Opinion, visit_log
from followup.notices.models import InterviewNotice
from insights.demo.cast import Cast, demo_officer
from insights.demo.matters import matters_play
from insights.demo.moments import Days
from insights.demo.notices import notices_play
from insights.demo.story import NAMESPACE, Story, Told, ToldVisit, story_tell
from insights.services import tallies_recheck, tallies_refresh
from measures.models import Rectification
from opinion_portal import clock
from stations.models import PointCode, SensingPoint

# No subscriber's number: the block 1990000 stands for nobody, the last digits count the voices.
_PHONE = "1990000{:04d}"
_EMERGENCY = "对面楼顶有人要跳楼，就在现在，坐在边上喊呢，快来人"
# The last of the waiting stay as they came: a queue that is empty shows nobody how it works.
_LEFT_WAITING = 30
Progress = Callable[[str, int], None]


def demo_play(*, now: datetime, progress: Progress) -> Counter[str]:
    """Fill the portal; a second call adds nothing. Returns how many voices, matters and notices stand in each state.

    Raises ``ValueError`` where the portal sends SMS through a real provider: nobody is written to for show.
    """
    if settings.SMS_PROVIDER not in {"none", "simulated"}:
        raise ValueError("The demonstration is not played where SMS go to real phones.")
    points = list(SensingPoint.objects.select_related("station").order_by("code"))
    story = story_tell(until=now, points=len(points))
    _voices_play(story, points, progress)
    _visits_play(story, points)
    _emergency_play(points[0], now)
    while made := suggestions_make(limit=200):
        progress("classified", made)
    cast, days = Cast(), Days(now)
    _centre_plays(cast.centre)
    if not Rectification.objects.exists():  # played before, or a portal with matters of its own
        progress("matters", matters_play(cast, days))
        progress("notices", notices_play(cast, days))
    # What was played happened days ago, so no ordinary run looks for it: every day is counted anew.
    tallies_refresh(now=clock.now())
    tallies_recheck(now=clock.now(), repair=True)
    return Counter(_states())


def _states() -> Iterator[str]:
    for name, model in (("voice", Feedback), ("matter", Rectification), ("notice", InterviewNotice)):
        yield from (f"{name} {state}" for state in model.objects.values_list("state", flat=True))


def _voices_play(story: Story, points: list[SensingPoint], progress: Progress) -> None:
    codes = dict(PointCode.objects.filter(revoked_at__isnull=True).values_list("point_id", "code"))
    for number, told in enumerate(story.voices, start=1):
        feedback_submit(voice=_voice(number, told, codes[points[told.point].pk]))
        progress("voices", number)


def _voice(number: int, told: Told, code: str) -> Voice:
    return Voice(
        client_id=told.client_id,
        channel=Channel.QR,
        point_code=code,
        said_at=told.said_at,
        service_rating=told.service_rating,
        safety_rating=told.safety_rating,
        kind=told.text.kind if told.text else "",
        content=told.text.content if told.text else "",
        phone=_PHONE.format(number) if told.wants_answer else "",
        no_call=told.wants_answer and number % 3 == 0,
    )


def _visits_play(story: Story, points: list[SensingPoint]) -> None:
    for told in story.visits:
        point = points[told.point]
        officer = demo_officer(f"demo-{point.station.code}", "演示民警", point.station, Role.STATION_OFFICER)
        _visit_play(told, point, officer)


def _visit_play(told: ToldVisit, point: SensingPoint, officer: Officer) -> None:
    visit_log(
        officer=officer,
        client_id=told.client_id,
        point=point,
        place=told.place,
        reached=told.reached,
        visited_on=told.day,
        note="",
        opinions=[
            Opinion(number=number, content=text.content, kind=text.kind) for number, text in enumerate(told.heard, 1)
        ],
    )


def _emergency_play(point: SensingPoint, now: datetime) -> None:
    feedback_submit(
        voice=Voice(
            client_id=str(uuid.uuid5(NAMESPACE, "emergency")),
            channel=Channel.QR,
            point_id=point.pk,
            kind=Kind.HELP,
            content=_EMERGENCY,
            said_at=now - timedelta(minutes=4),
        )
    )


def _centre_plays(officer: Officer) -> None:
    """The centre judges what waits, oldest first, all but the last few and the emergency."""
    waiting = Feedback.objects.filter(state=State.RECEIVED, urgent_words=[], decision=None)
    judged: dict[str, int] = {}
    rows = list(waiting.select_related("suggestion", "point").order_by("said_at", "id"))
    for feedback in rows[: max(0, len(rows) - _LEFT_WAITING)]:
        decision = _decision(feedback, judged.setdefault(feedback.content, feedback.pk))
        feedback_classify(feedback_id=feedback.pk, officer=officer, decision=decision, expected_id=None)


def _decision(feedback: Feedback, first_of_its_words: int) -> Decision:
    suggestion = feedback.suggestion or Classification(item_id="H3")
    if first_of_its_words != feedback.pk:
        return Decision(State.DUPLICATE, duplicate_of_id=first_of_its_words, kind=feedback.kind)
    if suggestion.item_id == OUT_ITEM:
        return _told_why(State.OUT_OF_SCOPE, "12345", feedback)
    if feedback.pk % 29 == 0:
        return _told_why(State.INVALID, "uncheckable", feedback)
    about = feedback.kind == Kind.COMPLAINT and suggestion.item_id in ITEMS_ABOUT_POLICE and feedback.point
    return Decision(
        State.CONFIRMED,
        item=suggestion.item_id,
        kind=feedback.kind,
        about_unit_id=about.station_id if about else None,
    )


def _told_why(state: State, code: str, feedback: Feedback) -> Decision:
    reply = reply_named(state.value, code)
    told = reply.told(feedback.language) if reply else ""
    return Decision(state, kind=feedback.kind, reason=code, public_reply=told)
