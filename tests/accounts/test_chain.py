"""The hash chain: it seals beside the writers, and proves any tampering, even by the database's own superuser."""

import re
import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from accounts.audit.chain import START, Fact, canonical, link
from accounts.audit.services import LOOK_BACK, audit_seal
from accounts.audit.verification import chain_verify
from accounts.models import AuditEvent, AuditLink
from accounts.services import SYSTEM, audit_record
from accounts.tasks import seal_audit
from tests.support.programs import until

pytestmark = pytest.mark.django_db(transaction=True)
FACT = Fact(7, datetime(2024, 5, 19, 1, 2, 3, 4, UTC), "test.act", None, "system", "", "", "理由", ["a"], {"n": 1})


def _events(count: int) -> list[AuditEvent]:
    return [audit_record(action="test.act", actor=SYSTEM, reason=f"第{number}件") for number in range(count)]


def _sql(statement: str, *values: str | int) -> None:
    """What the database's owner can do: every guard off, then ``statement``. The next test gets a fresh database."""
    with connection.cursor() as cursor:
        for table in ("accounts_auditevent", "accounts_auditlink"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(f"ALTER TABLE accounts_auditlink DROP CONSTRAINT IF EXISTS {_foreign_key()}")
        cursor.execute(statement, values)
        for table in ("accounts_auditevent", "accounts_auditlink"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _foreign_key() -> str:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, "accounts_auditlink")
    return next((name for name, facts in found.items() if facts["foreign_key"]), "nothing")


def _verified(*options: str) -> str:
    out = StringIO()
    call_command("verify_audit", *options, stdout=out)
    return out.getvalue()


def test_the_canonical_form_is_fixed_for_ever() -> None:
    assert canonical(FACT).decode() == (
        '{"action":"test.act","actor_id":null,"actor_label":"system","at":"2024-05-19T01:02:03.000004+00:00",'
        '"changed":["a"],"data":{"n":1},"id":7,"object_id":"","object_type":"","reason":"理由"}'
    )
    assert link(START, FACT).hex() == "50e97e4264adfd041451047b15410e06441dd30f5adf539d869ab3a4587c36cd"


def test_sealing_links_every_event_once_in_batches() -> None:
    _events(12)
    before = AuditEvent.objects.count()
    assert audit_seal() == before
    assert audit_seal() == 0
    assert list(AuditLink.objects.order_by("position").values_list("position", flat=True)) == list(range(1, before + 1))


def test_an_event_that_commits_late_is_sealed_behind_newer_ones() -> None:
    first, second = _events(2)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_auditevent', 'id'))")
        reserved = cursor.fetchone()[0]
    _events(1)
    audit_seal()
    AuditEvent.objects.create(id=reserved, action="test.late", actor_label=SYSTEM)
    assert audit_seal() == 1
    assert AuditLink.objects.get(event_id=reserved).position == AuditLink.objects.count()
    assert not chain_verify().fault
    assert first.id < second.id < reserved


def test_a_very_late_event_waits_for_the_daily_pass_over_everything() -> None:
    late = _events(1)[0]
    newest = AuditEvent.objects.create(id=late.id + LOOK_BACK + 1, action="test.far", actor_label=SYSTEM)
    audit_seal()
    _sql("DELETE FROM accounts_auditlink")
    position, digest = 1, link(START, Fact(*AuditEvent.objects.filter(pk=newest.pk).values_list(*FACT.__dict__)[0]))
    AuditLink.objects.create(position=position, event_id=newest.pk, digest=digest)
    assert audit_seal() == 0
    assert audit_seal(everything=True) >= 1
    assert AuditLink.objects.filter(event=late).exists()


def test_the_beat_task_looks_at_everything_once_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr("accounts.tasks.audit_seal", lambda *, everything: asked.append(everything))
    for _ in range(3):
        seal_audit.run()
    assert asked == [True, False, False]


def test_two_sealers_never_interleave() -> None:
    _events(5)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(21010301)")
        done: list[int] = []
        other = threading.Thread(target=_seal_elsewhere, args=(done,))
        other.start()
        until(lambda: bool(done), seconds=10)
        other.join()
    assert done == [0]
    assert audit_seal() >= 5


def _seal_elsewhere(done: list[int]) -> None:
    try:
        done.append(audit_seal())
    finally:
        connection.close()


def test_the_database_itself_refuses_to_change_events_and_links() -> None:
    _events(1)
    audit_seal()
    for statement in (
        "DELETE FROM accounts_auditevent",
        "UPDATE accounts_auditevent SET reason = ''",
        "TRUNCATE accounts_auditevent CASCADE",
        "DELETE FROM accounts_auditlink",
        "UPDATE accounts_auditlink SET position = -position",
        "TRUNCATE accounts_auditlink",
    ):
        with pytest.raises(DatabaseError, match="append-only"), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_whole_log_is_proved_and_says_up_to_when() -> None:
    _events(3)
    audit_seal()
    _events(2)
    said = _verified()
    sealed = AuditLink.objects.count()
    assert f"whole: {sealed} events sealed, last at " in said
    assert "2 newer events wait" in said
    assert re.search(rf"--expect {sealed}:[0-9a-f]{{64}}", said)


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'nothing happened'",
        "actor_label = 'resident'",
        "at = at + interval '1 microsecond'",
        "action = 'test.other'",
        "object_id = '8'",
        "changed = ARRAY['other']",
        """data = '{"n": 2}'""",
    ],
)
def test_an_altered_event_is_named(change: str) -> None:
    altered = _events(3)[1]
    audit_seal()
    _sql(f"UPDATE accounts_auditevent SET {change} WHERE id = %s", altered.id)  # noqa: S608 (our own words)
    with pytest.raises(CommandError, match=rf"Event {altered.id} \(link \d+\) or its link was altered") as raised:
        _verified()
    assert raised.value.returncode == 1


def test_a_deleted_event_is_named() -> None:
    deleted = _events(3)[1]
    audit_seal()
    _sql("DELETE FROM accounts_auditevent WHERE id = %s", deleted.id)
    with pytest.raises(CommandError, match=rf"Event {deleted.id} .* is missing"):
        _verified()


def test_an_event_deleted_with_its_link_leaves_a_gap_that_is_named() -> None:
    deleted = _events(3)[1]
    audit_seal()
    position = AuditLink.objects.get(event=deleted).position
    _sql("DELETE FROM accounts_auditlink WHERE event_id = %s", deleted.id)
    _sql("DELETE FROM accounts_auditevent WHERE id = %s", deleted.id)
    with pytest.raises(CommandError, match=rf"Link {position} is missing"):
        _verified()


def test_closing_the_gap_by_renumbering_is_named_too() -> None:
    deleted = _events(3)[0]
    audit_seal()
    position = AuditLink.objects.get(event=deleted).position
    _sql("DELETE FROM accounts_auditlink WHERE position = %s", position)
    _sql("UPDATE accounts_auditlink SET position = position - 1 WHERE position > %s", position)
    with pytest.raises(CommandError, match=r"was altered"):
        _verified()


def test_an_event_put_in_later_with_an_old_date_is_named() -> None:
    _events(1)
    audit_seal()
    stray = AuditEvent.objects.create(action="test.stray", actor_label=SYSTEM, at=datetime.now(UTC) - timedelta(days=3))
    with pytest.raises(CommandError, match=rf"Event {stray.id} is older .* put in later"):
        _verified()


def test_a_cut_off_end_or_a_chain_written_anew_shows_against_a_noted_head() -> None:
    last = _events(3)[-1]
    audit_seal()
    noted = _verified().split("--expect ")[1].strip()
    assert "is whole" in _verified("--expect", noted)
    _sql("DELETE FROM accounts_auditlink WHERE event_id = %s", last.id)
    _sql("DELETE FROM accounts_auditevent WHERE id = %s", last.id)
    assert "is whole" in _verified()
    with pytest.raises(CommandError, match=r"link \d+ is missing"):
        _verified("--expect", noted)
    _events(1)
    audit_seal()
    with pytest.raises(CommandError, match="differs from the one that was noted"):
        _verified("--expect", noted)


def test_an_empty_log_is_whole() -> None:
    _sql("DELETE FROM accounts_auditevent")
    assert "0 events sealed, last at never" in _verified()
