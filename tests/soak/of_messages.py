"""What must hold of SMS: what the portal says against what the carrier has."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count

from accounts.models import AuditEvent
from feedback.sealing import phone_lookup
from followup.notices.models import NoticeEvent
from followup.sms.hours import NIGHT, SURVEY_DAYS, SendingHours
from followup.sms.models import ENDED, OptOut, SmsMessage, SmsReply, SmsState
from followup.sms.plan import LEASE_HOLDS
from followup.sms.providers.aliyun_contract import inbound_of
from opinion_portal import clock
from tests.soak.invariants import Evidence, Invariant

# Between the decision that a message may leave and the carrier's books lies the lease at most.
_LEEWAY = LEASE_HOLDS
# The hours of DOMAIN 5, and for duty phones everything but the night.
RESIDENT_HOURS, DUTY_HOURS = SendingHours(), SendingHours(windows=((NIGHT[1], NIGHT[0]),))
# What the history of a notice has a message for, each time.
_TOLD_OF = {
    "remind_plan": "unit-notice-due", "remind_report": "unit-notice-due",
    "return_plan": "unit-notice-back", "return_report": "unit-notice-back",
}  # fmt: skip
_COPIES = {SmsState.SENT: {1}, SmsState.DELIVERED: {1}, SmsState.CANCELLED: {0}, SmsState.UNKNOWN: {0, 1}}


def every_message_has_one_outcome(_: Evidence) -> list[str]:
    """At rest nothing waits or is being sent, and nothing is still asked for."""
    wrong = SmsMessage.objects.exclude(state__in=[*ENDED, SmsState.SENT, SmsState.UNKNOWN])
    asked = SmsMessage.objects.exclude(ask_at=None)
    return [f"{message} waits still" for message in wrong | asked]


def outcome_counts() -> Counter[str]:
    """How the messages ended, and what they met with on the way, for the summary."""
    met = Counter[str]()
    for state, why, attempts, requeued in SmsMessage.objects.values_list("state", "why", "attempts", "requeued_at"):
        met[f"{state} {why}".strip()] += 1
        met["(handed over more than once)"] += attempts > 1
        met["(put back after the carrier had never heard of it)"] += requeued is not None
    return met


def the_carrier_has_each_message_once(evidence: Evidence) -> list[str]:
    """What the portal counts as sent the carrier has once; what it counts as not sent, not at all; nothing twice."""
    copies = evidence.copies()
    wrong = []
    for message in SmsMessage.objects.all():
        found = len(copies.pop(str(message.key), []))
        if found not in _copies_wanted(message):
            wrong.append(f"{message} ({message.why}): the carrier has it {found} times")
    return wrong + [f"the carrier has a message of ours that we do not know: {key}" for key in copies]


def _copies_wanted(message: SmsMessage) -> set[int]:
    if message.state == SmsState.FAILED:
        return {1} if message.sent_at else {0}
    return _COPIES.get(SmsState(message.state), {0})


def every_outcome_is_the_carriers(evidence: Evidence) -> list[str]:
    """Delivered is what the carrier delivered, failed on the way what it did not."""
    wrong = []
    told = {key: copies[0]["is_delivered"] for key, copies in evidence.copies().items()}
    for message in SmsMessage.objects.filter(state__in=[SmsState.SENT, SmsState.DELIVERED, SmsState.FAILED]):
        is_delivered = told.get(str(message.key))
        if is_delivered is not None and is_delivered != (message.state == SmsState.DELIVERED):
            wrong.append(f"{message}: the carrier says delivered {is_delivered}")
    return wrong


def nothing_left_outside_the_hours(evidence: Evidence) -> list[str]:
    """No resident is written to outside the sending hours, no duty phone at night."""
    return [
        f"{message} reached the carrier at {at.astimezone(clock.BUREAU_ZONE):%m-%d %H:%M:%S}"
        for message, at in _accepted(evidence)
        if not _is_within(RESIDENT_HOURS if message.feedback_id else DUTY_HOURS, at)
    ]


def _is_within(hours: SendingHours, at: datetime) -> bool:
    return hours.is_allowed(at) or hours.is_allowed(at - _LEEWAY)


def nothing_left_after_a_refusal(evidence: Evidence) -> list[str]:
    """Whoever wants no more messages gets none, from the moment at which that was stored."""
    refused = {bytes(lookup): at for lookup, at in OptOut.objects.values_list("lookup", "at")}
    lookups = {phone: phone_lookup(phone) for phone in {message["phone"] for message in evidence.messages}}
    wrong = []
    for message in evidence.messages:
        at = refused.get(lookups[message["phone"]])
        if at and _moment(message) > at + _LEEWAY:
            wrong.append(f"message {message['key']} reached the carrier after its reader had refused at {at}")
    return wrong


def nobody_is_asked_too_often(evidence: Evidence) -> list[str]:
    """One question in thirty days to a number, and beside responses one message a day.

    A number that was erased is forgotten with what went to it: left under another voice it is a new one.
    """
    by_phone: dict[str, list[tuple[datetime, SmsMessage]]] = defaultdict(list)
    phones = {message["key"]: message["phone"] for message in evidence.messages}
    for message, at in _accepted(evidence):
        if message.lookup and not message.is_response:
            by_phone[phones[str(message.key)]].append((at, message))
    return [problem for sent in by_phone.values() for problem in _too_often(sorted(sent, key=lambda one: one[0]))]


def _too_often(sent: list[tuple[datetime, SmsMessage]]) -> Iterator[str]:
    last: tuple[datetime, SmsMessage] | None = None
    asked: tuple[datetime, SmsMessage] | None = None
    for at, message in sent:
        if last and clock.bureau_day(at) == clock.bureau_day(last[0]):
            yield f"{message} and {last[1]} reached one number on {clock.bureau_day(at)}"
        if message.is_question:
            if asked and at - asked[0] < timedelta(days=SURVEY_DAYS) - _LEEWAY:
                yield f"{message} asked {at - asked[0]} after {asked[1]}"
            asked = at, message
        last = at, message


def one_question_is_open_to_a_number(_: Evidence) -> list[str]:
    """The database holds it, and it is the last question that left."""
    open_ = SmsMessage.objects.filter(is_open_question=True)
    doubled = open_.values("lookup").annotate(n=Count("pk")).filter(n__gt=1).order_by()
    return [f"{one['n']} open questions to one number" for one in doubled]


def every_reply_was_taken_once(evidence: Evidence) -> list[str]:
    """What a phone wrote back, and the portal confirmed, stands there once; nothing stands there that nobody wrote."""
    stored = dict(SmsReply.objects.values_list("reply_id").annotate(n=Count("pk")).order_by())
    pushed = {_reply_id(push): push for push in evidence.pushes if push["kind"] == "reply"}
    wrong = [f"reply {push['reply']} was confirmed and is not there" for reply_id, push in pushed.items()
             if push["state"] == "done" and reply_id not in stored]  # fmt: skip
    wrong += [f"a reply stands {number} times" for number in stored.values() if number > 1]
    return wrong + [f"reply {reply_id[:8]} was written by nobody" for reply_id in stored if reply_id not in pushed]


def _reply_id(push: dict[str, Any]) -> str:
    return inbound_of(json.loads(push["body"])[0]).reply_id


def nothing_was_caused_twice(_: Evidence) -> list[str]:
    """One object causes one message of a kind to one person; a notice as many as its history has a cause for."""
    told = Counter(
        ("notice", notice, _TOLD_OF[move])
        for notice, move in NoticeEvent.objects.filter(move__in=_TOLD_OF).values_list("notice", "move")
    )
    caused = SmsMessage.objects.exclude(about_type="").values("about_type", "about_id", "text__code", "officer")
    doubled = caused.annotate(n=Count("pk")).filter(n__gt=1).order_by()
    return [
        f"{one['n']} messages {one['text__code']} about {one['about_type']} {one['about_id']}"
        for one in doubled
        if one["n"] > max(1, told[one["about_type"], one["about_id"], one["text__code"]])
    ]


def every_use_of_a_number_is_audited(evidence: Evidence) -> list[str]:
    """No resident was written to without a row in the audit log that says so."""
    used = AuditEvent.objects.filter(action="contact.use", data__purpose="sms").values_list("object_id")
    rows = dict(used.annotate(n=Count("pk")).order_by())
    written = Counter(str(message.feedback_id) for message, _at in _accepted(evidence) if message.feedback_id)
    return [
        f"voice {feedback}: {number} messages, {rows.get(feedback, 0)} rows in the audit log"
        for feedback, number in written.items()
        if number > rows.get(feedback, 0)
    ]


def _accepted(evidence: Evidence) -> Iterator[tuple[SmsMessage, datetime]]:
    """Our messages with the moment at which the carrier accepted them."""
    ours = {str(message.key): message for message in SmsMessage.objects.all()}
    for message in evidence.messages:
        if message["key"] in ours:
            yield ours[message["key"]], _moment(message)


def _moment(message: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(message["accepted_at"], UTC)


INVARIANTS: list[Invariant] = [
    every_message_has_one_outcome,
    the_carrier_has_each_message_once,
    every_outcome_is_the_carriers,
    nothing_left_outside_the_hours,
    nothing_left_after_a_refusal,
    nobody_is_asked_too_often,
    one_question_is_open_to_a_number,
    every_reply_was_taken_once,
    nothing_was_caused_twice,
    every_use_of_a_number_is_audited,
]
