"""What the centre's queue shows: pages by key, capped counts, alerts. Every read starts from what one may see."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from django.contrib.postgres.search import SearchQueryField
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.http import Http404

from accounts.models import Officer
from accounts.permissions import Action, may
from feedback.models import Attachment, Feedback, State
from feedback.queue.choices import Reference
from feedback.queue.rows import CappedCount, Row, rows_of
from feedback.queue.rules import DECIDABLE
from feedback.segmentation import query_tokens
from feedback.selectors import feedback_visible, reads_in_full
from opinion_portal import clock

PAGE = 50
ALERTS = 20
COUNT_CAP = 1000

HAS_ALERT_WORDS = ~Q(urgent_words=[])
UNSEEN_ALERT = HAS_ALERT_WORDS & Q(urgent_seen_at__isnull=True)
# What stays on top: an alert nobody has seen, or one not decided yet. Worded as the index feedback_alert_idx is.
ON_TOP = HAS_ALERT_WORDS & (Q(urgent_seen_at__isnull=True) | Q(state=State.RECEIVED))


@dataclass(frozen=True)
class QueueFilter:
    """What the officer asked for; an empty field asks nothing. Days are bureau days, ends included."""

    state: str = ""
    channel: str = ""
    kind: str = ""
    item: str = ""
    point: int | None = None
    station: int | None = None
    code_state: str = ""
    rating: str = ""
    urgent: bool = False
    photo: bool = False
    visit: int | None = None
    batch: int | None = None
    since: date | None = None
    until: date | None = None
    search: str = ""

    @property
    def is_worked_off(self) -> bool:
        """Whether this is the pile to work off: oldest first, so that nobody waits for ever. Else newest first."""
        return self.state == State.RECEIVED

    def names_in_use(self) -> list[str]:
        """The filters that are set, without their values, for the audit log."""
        return [name for name, value in vars(self).items() if value not in ("", None, False)]


@dataclass(frozen=True)
class Count:
    """How many there are, looked at only as far as is of use: ``1,000+`` is enough to know that it is much."""

    value: int

    def __str__(self) -> str:
        return f"{COUNT_CAP:,}+" if self.value > COUNT_CAP else f"{self.value:,}"


@dataclass(frozen=True)
class QueuePage:
    """One page: alerts (first page only), rows, how many match, and the keys of the neighbouring pages."""

    alerts: list[Row]
    rows: list[Row]
    count: Count
    previous_key: int | None = None
    next_key: int | None = None

    @property
    def can_accept(self) -> bool:
        """Whether any row's suggestion may be accepted in bulk."""
        return any(row.can_be_accepted for row in self.rows)

    @property
    def shown_ids(self) -> list[int]:
        return [row.id for row in [*self.alerts, *self.rows]]


def queue_rows(officer: Officer, wanted: QueueFilter) -> QuerySet[Feedback]:
    """What ``officer`` may see of what is wanted, in no order."""
    return feedback_visible(officer).filter(_conditions(wanted))


def _conditions(wanted: QueueFilter) -> Q:
    conditions = Q()
    for name, value in _plain_conditions(wanted).items():
        if value not in ("", None):
            conditions &= Q(**{name: value})
    if wanted.item:
        conditions &= Q(item_id=wanted.item) | Q(item_id=None, suggestion__item_id=wanted.item)
    if wanted.rating:
        conditions &= Q(service_rating__lte=2) if wanted.rating == "low" else Q(service_rating=int(wanted.rating))
    if wanted.urgent:
        conditions &= HAS_ALERT_WORDS
    if wanted.photo:
        conditions &= Q(Exists(Attachment.objects.filter(feedback=OuterRef("pk"))))
    if wanted.search:
        conditions &= _search(wanted.search)
    return conditions


def _plain_conditions(wanted: QueueFilter) -> dict[str, Any]:
    return {
        "state": wanted.state,
        "channel": wanted.channel,
        "kind": wanted.kind,
        "point_id": wanted.point,
        "point__station_id": wanted.station,
        "code_state": wanted.code_state,
        "visit_id": wanted.visit,
        "import_batch_id": wanted.batch,
        "said_at__gte": wanted.since and clock.day_start(wanted.since),
        "said_at__lt": wanted.until and clock.day_start(wanted.until + timedelta(days=1)),
    }


def _search(text: str) -> Q:
    """All tokens of ``text`` in the redacted words; a search without a word in it finds nothing."""
    tokens = query_tokens(text)
    if not tokens:
        return Q(pk__in=[])
    return Q(search_has(" & ".join(map(lexeme, tokens))))


def lexeme(token: str) -> str:
    """One token as PostgreSQL reads it in a tsquery, taken literally."""
    return "'" + token.replace("\\", "\\\\").replace("'", "''") + "'"


def search_has(query: str) -> Func:
    """The condition ``search @@ query``; the text of ``query`` is a tsquery, already segmented."""
    return Func(
        F("search"),
        Func(Value(query), template="%(expressions)s::tsquery", output_field=SearchQueryField()),
        template="(%(expressions)s)",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def queue_page(
    officer: Officer,
    wanted: QueueFilter,
    reference: Reference,
    *,
    key: int | None = None,
    direction: Literal["next", "previous"] = "next",
) -> QueuePage:
    """Fifty rows after (or before) ``key``, an id; alerts stand above the first page of the centre's own pile."""
    in_full = reads_in_full(officer)
    found = queue_rows(officer, wanted)
    alerts_apart = wanted.is_worked_off and may(officer, Action.FEEDBACK_TRIAGE)
    alerts = _alerts_on_top(officer, wanted, reference) if alerts_apart and key is None else []
    rest = found.exclude(ON_TOP) if alerts_apart else found
    is_ascending = wanted.is_worked_off == (direction == "next")
    if key is not None:
        rest = rest.filter(pk__gt=key) if is_ascending else rest.filter(pk__lt=key)
    rows = rows_of(
        rest.order_by("id" if is_ascending else "-id")[: PAGE + 1],
        reference,
        in_full=in_full,
        matching=_matching(found),
    )
    more, rows = len(rows) > PAGE, rows[:PAGE]
    if direction == "previous":
        rows.reverse()
    has_previous = more if direction == "previous" else key is not None
    has_next = more if direction == "next" else True
    return QueuePage(
        alerts=alerts,
        rows=rows,
        count=Count(rows[0].matching if rows else len(alerts)),
        previous_key=rows[0].id if rows and has_previous else None,
        next_key=rows[-1].id if rows and has_next else None,
    )


def _matching(found: QuerySet[Feedback]) -> CappedCount:
    return CappedCount(found.order_by().values("pk")[: COUNT_CAP + 1])


def _alerts_on_top(officer: Officer, wanted: QueueFilter, reference: Reference) -> list[Row]:
    """Alerts among what is wanted, the unseen ones first, newest first; an unseen one in any state."""
    any_state = QueueFilter(**{**vars(wanted), "state": ""})
    found = queue_rows(officer, any_state).filter(ON_TOP)
    unseen_first = F("urgent_seen_at").asc(nulls_first=True)
    return rows_of(found.order_by(unseen_first, "-id")[:ALERTS], reference, in_full=reads_in_full(officer))


def alerts_unseen(officer: Officer) -> Count:
    """How many emergencies nobody at the centre has acknowledged."""
    return Count(feedback_visible(officer).filter(UNSEEN_ALERT).values("pk")[: COUNT_CAP + 1].count())


def feedback_next(officer: Officer, wanted: QueueFilter, *, after_id: int, back: bool = False) -> int | None:
    """The voice to open after ``after_id`` in the officer's list (or before it), or ``None`` at the end.

    In the pile to work off an emergency comes before everything else, and past the end it starts again from the
    beginning: something may have been passed over.
    """
    found = queue_rows(officer, wanted).exclude(pk=after_id)
    if wanted.is_worked_off and not back:
        alert = found.filter(ON_TOP).order_by(F("urgent_seen_at").asc(nulls_first=True), "-id").first()
        if alert is not None:
            return alert.pk
    is_ascending = wanted.is_worked_off != back
    beyond = found.filter(pk__gt=after_id) if is_ascending else found.filter(pk__lt=after_id)
    order = "id" if is_ascending else "-id"
    ids = beyond.order_by(order).values_list("pk", flat=True)
    following = ids.first()
    if following is None and wanted.is_worked_off and not back:
        following = found.order_by(order).values_list("pk", flat=True).first()
    return following


def feedback_to_decide(officer: Officer, feedback_id: int) -> Feedback:
    """One voice with all that its page shows; raises ``Http404`` for what ``officer`` may not read."""
    related = ("point__station", "item", "about_unit", "duplicate_of", "visit", "import_batch")
    shown = ("suggestion__item", "decision__officer", "decision__item")
    found = feedback_visible(officer).select_related(*related, *shown).filter(pk=feedback_id).first()
    if found is None:
        raise Http404
    return found


def feedback_by_reference(officer: Officer, number: int) -> int | None:
    """The voice of this number when ``officer`` may read it; whether there is another nobody learns."""
    return feedback_visible(officer).filter(pk=number).values_list("pk", flat=True).first()


def photo_for(officer: Officer, feedback_id: int, position: int) -> Attachment:
    """One photo; raises ``Http404`` unless ``officer`` reads in full: a photo cannot be redacted."""
    if not reads_in_full(officer):
        raise Http404
    photo = Attachment.objects.filter(feedback_id=feedback_id, position=position).first()
    if photo is None:
        raise Http404
    return photo


def is_decidable(feedback: Feedback) -> bool:
    """Whether there is something to decide: neither withdrawn nor a bare rating."""
    return feedback.state in DECIDABLE
