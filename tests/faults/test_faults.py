"""What residents were promised holds while servers and workers are killed for real."""

import json
import time
import uuid
from collections.abc import Iterator

import pytest

from tests.faults.submitting import TEXT, Residents, submit, wait_until
from tests.support.stack import PortalStack, running_stack

STORED = "SELECT count(*) FROM feedback_feedback"
UNCLASSIFIED = "SELECT count(*) FROM feedback_feedback WHERE suggestion_id IS NULL"
MORE_THAN_ONE = (
    "SELECT count(*) FROM (SELECT 1 FROM feedback_classification GROUP BY feedback_id HAVING count(*) > 1) x"
)
BACKLOG = 6_000
FILL = """
INSERT INTO feedback_feedback (client_key, channel, code_state, content, said_at, urgent_words)
SELECT sha256(('waiting' || n)::bytea), 'qr', 'none', %s || n, now(), '{}' FROM generate_series(1, %s) n
"""


@pytest.fixture
def stack() -> Iterator[PortalStack]:
    with running_stack(beat=True) as running:
        yield running


def test_every_form_accepted_while_valkey_is_dead_is_stored_and_later_classified(stack: PortalStack) -> None:
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
    assert wait_until(stack, STORED, len(residents.accepted), 5) == len(residents.accepted)
    assert wait_until(stack, UNCLASSIFIED, 0, 60) == 0
    assert stack.rows(MORE_THAN_ONE) == [(0,)]


def test_a_worker_killed_in_the_middle_does_its_work_after_the_restart_and_once(stack: PortalStack) -> None:
    stack.rows(FILL, TEXT, BACKLOG)
    submit(stack, str(uuid.uuid4()))
    left = _backlog_when_work_has_begun(stack)
    stack.worker.kill()
    assert left > 0, "the worker was done before it could be killed: raise BACKLOG"
    time.sleep(1)  # its last transaction ends with it
    left = stack.rows(UNCLASSIFIED)[0][0]
    assert left > 0
    stack.worker.start()
    assert wait_until(stack, UNCLASSIFIED, 0, 90) == 0
    assert stack.rows(MORE_THAN_ONE) == [(0,)]
    assert stack.rows("SELECT count(*) FROM feedback_classification") == [(BACKLOG + 1,)]


def _backlog_when_work_has_begun(stack: PortalStack) -> int:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        left = int(stack.rows(UNCLASSIFIED)[0][0])
        if left <= BACKLOG:
            return left
        time.sleep(0.02)
    raise AssertionError("the worker did not begin")


def test_a_restart_of_postgresql_under_load_gives_clear_errors_and_the_web_recovers(stack: PortalStack) -> None:
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
    assert stack.rows(STORED) == [(len(residents.answers) + 1,)]


def test_postgresql_killed_under_load_keeps_every_accepted_form(stack: PortalStack) -> None:
    with Residents(stack) as residents:
        time.sleep(1)
        stack.server_kill(stack.postgres)
        stack.postgres_start()
        time.sleep(2)
    keys = stack.rows(STORED)[0][0]
    assert keys >= len(residents.accepted) > 0
    assert residents.statuses() <= {201, 503}
