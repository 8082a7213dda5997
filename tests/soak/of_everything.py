"""What must hold of the whole: counts, the audit log, sealed numbers, and nothing that nobody expected."""

import re
from collections import Counter
from itertools import takewhile

from django.db import connection

from accounts.audit.services import audit_seal
from accounts.audit.verification import chain_verify
from accounts.models import AuditEvent
from followup.notices.models import NoticeEvent
from insights.services import tallies_recheck, tallies_refresh
from measures.models import RectificationEvent
from opinion_portal import clock
from tests.soak.invariants import Evidence, Invariant

PHONE_DIGITS = 11
_TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"


def every_tally_equals_its_rows(_: Evidence) -> list[str]:
    """As ``manage.py verify_tallies``."""
    tallies_refresh(now=clock.now())
    return [f"differs: {key}" for key in tallies_recheck(now=clock.now(), repair=False)]


def the_audit_log_is_whole(_: Evidence) -> list[str]:
    """As ``manage.py verify_audit``, with everything sealed."""
    audit_seal(everything=True)
    proof = chain_verify()
    if proof.fault:
        return [proof.fault]
    return [f"{proof.waiting} events are not sealed"] if proof.waiting or not proof.sealed else []


def every_event_is_audited(_: Evidence) -> list[str]:
    """What stands in the history of a matter or a notice stands in the audit log, as often, and nothing else."""
    return [*_unaudited("matter", RectificationEvent, "rectification"), *_unaudited("notice", NoticeEvent, "notice")]


def _unaudited(name: str, events: type[RectificationEvent] | type[NoticeEvent], of: str) -> list[str]:
    told = Counter((f"{name}.{move}", str(pk)) for pk, move in events.objects.values_list(of, "move"))
    actions = {action for action, _pk in told}
    rows = AuditEvent.objects.filter(object_type=name, action__in=actions).values_list("action", "object_id")
    logged = Counter(rows)
    return [f"{key}: {told[key]} events, {logged[key]} audit rows" for key in told | logged if told[key] != logged[key]]


def no_number_lies_open(evidence: Evidence) -> list[str]:
    """No resident's number stands in any table, as text or as bytes."""
    if not evidence.phones:
        return []
    start = _common_start(min(evidence.phones), max(evidence.phones))
    rest = PHONE_DIGITS - len(start)
    pattern = f"({start}[0-9]{{{rest}}}|{start.encode().hex()}(?:3[0-9]){{{rest}}})"
    wrong = []
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        for (table,) in cursor.fetchall():
            query = f"SELECT m[1] FROM \"{table}\" AS t, regexp_matches(t::text, %s, 'g') AS m"  # noqa: S608 (our tables)
            cursor.execute(query, [pattern])
            wrong += [f"a number lies open in {table}" for (found,) in cursor.fetchall() if _is_one(found, evidence)]
    return wrong


def _common_start(first: str, last: str) -> str:
    """What the first and the last of sorted texts begin with, all of them begin with."""
    pairs = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=True))
    return "".join(letter for letter, _ in pairs)


def _is_one(found: str, evidence: Evidence) -> bool:
    text = found if len(found) == PHONE_DIGITS else bytes.fromhex(found).decode()
    return bool(re.fullmatch(r"\d+", text)) and text in evidence.phones


def nothing_surprised_anybody(evidence: Evidence) -> list[str]:
    """No act ended with an error that no fault explains."""
    return list(evidence.surprises)


def nobody_waited_for_each_other(evidence: Evidence) -> list[str]:
    """PostgreSQL never had to break a deadlock."""
    return [f"{evidence.deadlocks} deadlocks"] if evidence.deadlocks else []


INVARIANTS: list[Invariant] = [
    every_tally_equals_its_rows,
    the_audit_log_is_whole,
    every_event_is_audited,
    no_number_lies_open,
    nothing_surprised_anybody,
    nobody_waited_for_each_other,
]
