"""Plays matters through the services of ``measures``, each step at its hour, as far as time has got."""

import io
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef
from PIL import Image

from accounts.models import Officer, Unit
from feedback.models import Feedback, Kind, SealedContact, State
from feedback.redaction import redact
from insights.demo.answers import Resident
from insights.demo.cast import Cast
from insights.demo.loop_story import CALLABLE, CONTACT, HOURS, RECEIPT, Course, Handling, courses, handling_read
from insights.demo.moments import Days, time_is
from measures import services
from measures.models import MatterRequest, Rectification
from measures.requests import request_ask, request_decide
from measures.selectors import accuses, evidence_counting, measures_for_item
from measures.services import Order

# Every third matter stays with the station where it was said; the others go to the unit that leads the measure.
_STATION_EVERY = 3
# Every fifth goes to the unit whose head can log in.
_VISITED_EVERY = 5
_REASONS = {
    "return": "该事项涉及的路段和场所不在我单位管辖范围，建议转有管辖权的单位办理。",
    "extension": "需与街道、物业共同协商整改方案，原定时限内难以完成。",
    "suspension": "涉及道路改造工程，需待工程完工后方可彻底解决。",
    "appeal": "已按规定办结，群众所提要求超出公安机关职责范围，请予复核。",
}
_EXTENSION_DAYS = 5


def matters_play(cast: Cast, days: Days) -> int:
    """Dispatch what the centre has confirmed and let it take its courses; returns how many matters there are."""
    voices, book = _Voices(), handling_read()
    told = 0
    for number, (course, sent_ago) in enumerate(courses()):
        voice = voices.take(course.needs)
        if voice is None:
            continue
        sent_at = max(days.ago(sent_ago), days.next_morning(voice.said_at))
        if days.is_past(sent_at):
            _MatterPlay(cast, days, voice, book[voice.item_id or "H3"], number).play(course, sent_at)
            told += 1
    return told


class _Voices:
    """The confirmed voices, the oldest first, given away one by one to who needs a receipt, a number, or neither."""

    def __init__(self) -> None:
        contact = SealedContact.objects.filter(feedback=OuterRef("pk"), erased_at__isnull=True)
        found = Feedback.objects.filter(state=State.CONFIRMED, matter_link=None).exclude(kind=Kind.PRAISE)
        found = found.select_related("item", "point__station", "receipt").annotate(has_contact=Exists(contact))
        self.waiting = list(found.order_by("said_at", "id"))

    def take(self, needs: str) -> Feedback | None:
        """The oldest that fits; whoever left a number is kept for those who need one, as long as there are others."""
        fits = [voice for voice in self.waiting if _reaches(voice, needs)]
        chosen = next((voice for voice in fits if needs in {CONTACT, CALLABLE} or not _reaches(voice, CONTACT)), None)
        chosen = chosen or next(iter(fits), None)
        if chosen is not None:
            self.waiting.remove(chosen)
        return chosen


def _reaches(voice: Feedback, needs: str) -> bool:
    if needs == RECEIPT:
        return hasattr(voice, "receipt")
    has_contact = bool(getattr(voice, "has_contact", False))
    return not needs or (has_contact and not (needs == CALLABLE and voice.no_call))


@dataclass
class _MatterPlay:
    """One matter on its course; the steps are its methods."""

    cast: Cast
    days: Days
    voice: Feedback
    handling: Handling
    number: int
    pk: int = field(default=0, init=False)

    def play(self, course: Course, sent_at: datetime) -> None:
        """All steps that time has got to, each whole or not at all."""
        with transaction.atomic(), time_is(sent_at):
            self._dispatch()
        moment = sent_at
        for offset, name in course.steps:
            moment = max(moment, self.days.later(sent_at, offset, HOURS.get(name, 10)))
            if not self.days.is_past(moment):
                return
            with time_is(moment):
                if name == "called":
                    # The number is shown outside any transaction: that it was shown must stand before it is.
                    self.resident.number_opened(self.cast)
                with transaction.atomic():
                    getattr(self, name)()

    @property
    def matter(self) -> Rectification:
        return Rectification.objects.select_related("lead_unit").get(pk=self.pk)

    @property
    def resident(self) -> Resident:
        return Resident(self.matter, self.handling, self.number)

    # Dispatch ---------------------------------------------------------------------------------------------------
    def _dispatch(self) -> None:
        measure = measures_for_item(self.voice.item_id or "").first()
        unit = self._unit(measure.lead_unit if measure else None)
        order = self._order(unit, measure.pk if measure and measure.lead_unit == unit else None)
        made = services.rectification_dispatch(officer=self.cast.centre, feedback_ids=[self.voice.pk], order=order)
        self.pk = made.pk

    def _unit(self, lead: Unit | None) -> Unit:
        station = self.voice.point.station if self.voice.point else None
        order = [station, lead] if self.number % _STATION_EVERY == 0 else [lead, station]
        if self.number % _VISITED_EVERY == 1:
            order.insert(0, self.cast.visited)
        fallback = Unit.objects.get(code="public-order")
        accused = Feedback.objects.filter(pk=self.voice.pk)
        units = [unit for unit in [*order, fallback] if unit and not accused.filter(accuses([unit.pk])).exists()]
        return units[0]

    def _order(self, unit: Unit, measure_id: int | None = None) -> Order:
        brief = redact(self.voice.content).text
        item = str(self.voice.item.name) if self.voice.item else ""
        return Order(unit, self.voice.item_id or "", item, brief, measure_id, brief_is_checked=True)

    # What the unit does -----------------------------------------------------------------------------------------
    def acknowledge(self) -> None:
        services.rectification_acknowledge(rectification_id=self.pk, officer=self._head())

    def progress(self) -> None:
        note = "已到现场了解情况，正在与相关方协商。"
        services.rectification_progress(rectification_id=self.pk, officer=self._head(), note=note)

    def submit(self) -> None:
        if not evidence_counting().filter(rectification=self.pk).exists():
            services.evidence_add(
                rectification_id=self.pk,
                officer=self._head(),
                name="现场照片.jpg",
                media_type="image/jpeg",
                data=_photo(self.number),
            )
        services.rectification_submit(rectification_id=self.pk, officer=self._head(), result=self.handling.result)

    def ask_return(self) -> None:
        self._ask("return")

    def ask_extension(self) -> None:
        self._ask("extension", _EXTENSION_DAYS)

    def ask_suspension(self) -> None:
        self._ask("suspension")

    def ask_appeal(self) -> None:
        self._ask("appeal")

    def _ask(self, kind: str, working_days: int | None = None) -> None:
        request_ask(rectification_id=self.pk, officer=self._head(), kind=kind, reason=_REASONS[kind], days=working_days)

    def _head(self) -> Officer:
        return self.cast.head(self.matter.lead_unit)

    # What the bureau does ---------------------------------------------------------------------------------------
    def passed(self, *, is_left_out: bool = False) -> None:
        services.rectification_review(
            rectification_id=self.pk,
            officer=self.cast.discipline,
            passes=True,
            public_reply=self.handling.reply,
            is_left_out=is_left_out,
        )
        self.resident.asked()

    def left_out(self) -> None:
        self.passed(is_left_out=True)

    def rework(self) -> None:
        note = "只有照片，没有说明采取了什么长效措施，请补充。"
        services.rectification_review(rectification_id=self.pk, officer=self.cast.discipline, passes=False, note=note)

    def grant(self) -> None:
        self._decide(grants=True, note="情况属实，同意。")

    def refuse(self) -> None:
        self._decide(grants=False, note="经核实属你单位职责，指定由你单位办理。")

    def _decide(self, *, grants: bool, note: str) -> None:
        request = MatterRequest.objects.get(rectification=self.pk, state=MatterRequest.State.OPEN)
        suspends = request.kind == MatterRequest.Kind.SUSPENSION
        by = self.cast.leader if suspends else self.cast.discipline
        request_decide(request_id=request.pk, officer=by, grants=grants, note=note)

    def redispatch(self) -> None:
        before = self.matter.lead_unit
        station = self.voice.point.station if self.voice.point else None
        other = station if station and station != before else Unit.objects.get(code="public-order")
        order = self._order(other)
        services.rectification_redispatch(rectification_id=self.pk, officer=self.cast.centre, order=order)

    def supervise(self) -> None:
        note = "该事项已超过办理期限，请于两个工作日内反馈办理情况。"
        services.rectification_supervise(rectification_id=self.pk, officer=self.cast.centre, note=note)

    def resume(self) -> None:
        note = "施工已完成，恢复办理。"
        services.rectification_resume(rectification_id=self.pk, officer=self.cast.centre, note=note)

    def close_suspended(self) -> None:
        note = "工程列入明年计划，已向群众说明。"
        services.rectification_close_suspended(rectification_id=self.pk, officer=self.cast.leader, note=note)

    def hand_110(self) -> None:
        note = "涉及正在发生的违法行为，转110处置。"
        services.rectification_hand_over(rectification_id=self.pk, officer=self.cast.centre, to="110", note=note)

    def hand_petition(self) -> None:
        note = "所提诉求已在信访程序中，转信访部门并告知群众。"
        services.rectification_hand_over(rectification_id=self.pk, officer=self.cast.centre, to="petition", note=note)

    # What the resident does -------------------------------------------------------------------------------------
    def satisfied(self) -> None:
        self.resident.all_answer()

    def partly(self) -> None:
        self.resident.first_answers()

    def dissatisfied(self) -> None:
        self.resident.complains()

    def called(self) -> None:
        self.resident.is_called(self.cast)

    def window(self) -> None:
        self.resident.keeps_silent()

    def impossible(self) -> None:
        self.resident.is_given_up(self.cast)


def _photo(number: int) -> bytes:
    """A picture that shows nothing: nobody's street is in the demonstration."""
    image = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    tint = Image.new("RGB", image.size, (90 + number * 37 % 120, 110 + number * 53 % 100, 130 + number * 71 % 90))
    out = io.BytesIO()
    Image.blend(image, tint, 0.6).save(out, "JPEG", quality=70)
    return out.getvalue()
