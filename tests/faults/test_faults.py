"""What residents were promised holds while servers and workers are killed for real."""

import json
import time
import uuid

from tests.faults.submitting import TEXT, Residents, submit, wait_until
from tests.support.programs import until
from tests.support.stack import PortalStack

STORED = "SELECT count(*) FROM feedback_feedback"
UNCLASSIFIED = "SELECT count(*) FROM feedback_feedback WHERE suggestion_id IS NULL"
MORE_THAN_ONE = (
    "SELECT count(*) FROM (SELECT 1 FROM feedback_classification GROUP BY feedback_id HAVING count(*) > 1) x"
)
CLASSIFIED = "SELECT count(*) FROM feedback_classification"
BACKLOG = 3_000
FILL = """
INSERT INTO feedback_feedback (client_key, channel, code_state, content, said_at, urgent_words)
SELECT sha256(('waiting' || n)::bytea), 'qr', 'none', %s || n, now(), '{}' FROM generate_series(1, %s) n
"""
WORDS = "路灯坏了，晚上很黑"


def _count(stack: PortalStack, statement: str = STORED) -> int:
    return int(stack.rows(statement)[0][0])


def test_every_form_accepted_while_valkey_is_dead_is_stored_and_later_classified(portal_stack: PortalStack) -> None:
    stack, stored = portal_stack, _count(portal_stack)
    with Residents(stack) as residents:
        time.sleep(1)
        stack.server_kill(stack.valkey)
        before = len(residents.answers)
        time.sleep(3)
        sent_without_valkey = len(residents.answers) - before
        stack.valkey_start()
        time.sleep(1)
    assert sent_without_valkey > 20, "submissions must not wait for the broker"
    assert residents.statuses() == {201}
    assert _count(stack) == stored + len(residents.accepted)
    assert wait_until(stack, UNCLASSIFIED, 0, 60) == 0
    assert stack.rows(MORE_THAN_ONE) == [(0,)]


def test_a_worker_killed_in_the_middle_does_its_work_after_the_restart_and_once(portal_stack: PortalStack) -> None:
    stack, classified = portal_stack, _count(portal_stack, CLASSIFIED)
    stack.rows(FILL, TEXT, BACKLOG)
    submit(stack, str(uuid.uuid4()))
    left = _backlog_when_work_has_begun(stack)
    stack.worker.kill()
    assert left > 0, "the worker was done before it could be killed: raise BACKLOG"
    time.sleep(1)  # its last transaction ends with it
    assert _count(stack, UNCLASSIFIED) > 0
    stack.worker.start()
    assert wait_until(stack, UNCLASSIFIED, 0, 90) == 0
    assert stack.rows(MORE_THAN_ONE) == [(0,)]
    assert _count(stack, CLASSIFIED) == classified + BACKLOG + 1


def _backlog_when_work_has_begun(stack: PortalStack) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        left = _count(stack, UNCLASSIFIED)
        if left <= BACKLOG:
            return left
        time.sleep(0.02)
    raise AssertionError("the worker did not begin")


def test_a_restart_of_postgresql_under_load_gives_clear_errors_and_the_web_recovers(portal_stack: PortalStack) -> None:
    stack, stored = portal_stack, _count(portal_stack)
    with Residents(stack) as residents:
        time.sleep(1)
        stack.postgres.stop()
        time.sleep(1.5)
        refused = submit(stack, str(uuid.uuid4()))
        stack.postgres_start()
        time.sleep(3)
        recovered = submit(stack, str(uuid.uuid4()))
    assert refused.status == 503
    assert json.loads(refused.text)["status"] == 503
    assert recovered.status == 201
    assert residents.statuses() == {201, 503}
    # What was refused can be sent again, and makes one row whether or not its first try was stored.
    for client_id, statuses in residents.answers.items():
        if statuses[-1] == 503:
            statuses.append(submit(stack, client_id).status)
    assert {statuses[-1] for statuses in residents.answers.values()} == {201}
    assert _count(stack) == stored + len(residents.answers) + 1


def test_postgresql_killed_under_load_keeps_every_accepted_form(portal_stack: PortalStack) -> None:
    stack, stored = portal_stack, _count(portal_stack)
    with Residents(stack) as residents:
        time.sleep(1)
        stack.server_kill(stack.postgres)
        stack.postgres_start()
        time.sleep(2)
    assert _count(stack) - stored >= len(residents.accepted) > 0
    assert residents.statuses() <= {201, 503}


# What somebody sees meanwhile on the resident's pages: nothing typed is lost, and people are told what to do.
def test_a_dead_database_gives_the_form_back_and_a_living_one_takes_it(portal_stack: PortalStack) -> None:
    stored = _count(portal_stack)
    form = {"client_id": str(uuid.uuid4()), "content": WORDS, "phone": "13812345678", "contact_consent": "on"}
    portal_stack.server_kill(portal_stack.postgres)
    refused = portal_stack.ask("/p/?lang=en", form)
    assert refused.status == 503
    assert "Not stored yet" in refused.text
    assert WORDS in refused.text
    assert form["client_id"] in refused.text
    closed = portal_stack.ask("/p/X/?lang=en")
    assert closed.status == 503
    assert "tel:110" in closed.text
    assert portal_stack.ask("/r/?lang=en", {"receipt": "1" * 16}).status == 503
    assert portal_stack.ask("/api/v1/feedback/", body=b"{}", Content_Type="application/json").status == 400
    portal_stack.postgres_start()
    # A connection that was used a moment before is trusted, and asks for the form once more (decision 4).
    until(lambda: portal_stack.ask("/p/?lang=en", form).status == 200)
    assert _count(portal_stack) == stored + 1


def test_a_dead_valkey_stops_neither_forms_nor_look_ups_nor_the_throttle(portal_stack: PortalStack) -> None:
    portal_stack.server_kill(portal_stack.valkey)
    assert portal_stack.ask("/p/", {"content": WORDS}).status == 200
    # Each of two web processes counts alone.
    answers = [portal_stack.ask("/r/", {"receipt": "1" * 16}).status for _ in range(30)]
    assert answers[:10] == [404] * 10
    assert 429 in answers
    assert portal_stack.ask("/p/", {"content": WORDS}).status == 200


def test_the_portal_survives_the_death_of_each_of_its_parts(portal_stack: PortalStack) -> None:
    portal_stack.server_kill(portal_stack.postgres)
    portal_stack.postgres_start()
    portal_stack.server_kill(portal_stack.valkey)
    portal_stack.valkey_start()
    until(lambda: portal_stack.ask("/healthz/ready/").status == 200)
    portal_stack.web.kill()
    portal_stack.web.start()
    assert portal_stack.ask("/healthz/").status == 200
