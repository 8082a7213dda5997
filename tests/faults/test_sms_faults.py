"""No SMS is lost and none is sent twice while workers, carrier, broker and database are killed for real."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest
from django.core.cache import cache
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from followup.models import SmsMessage, SmsReceipt
from followup.sms import plan
from followup.sms.asking import sms_reconcile
from followup.sms.models import SmsState
from followup.sms.tasks import send_due
from followup.sms.wording import Why
from opinion_portal import clock
from opinion_portal.startup import programs
from tests.faults import outbox
from tests.followup.carriers import CarrierProgram, carrier_running, provider_config
from tests.followup.sms_cast import TOKEN, fresh, queued, resident, sends_through
from tests.support.programs import Program, WorkerProgram, until
from tests.support.stack import PortalStack, running_stack

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

ALL_DAY = {"SMS_HOURS": "00:00-24:00", "SMS_DUTY_HOURS": "00:00-24:00", "SMS_WEBHOOK_TOKEN": TOKEN}
LATER = plan.CLAIM_HOLDS + timedelta(seconds=1)
MUCH_LATER = 4 * plan.BELIEVED_AFTER

Workers = Callable[[], WorkerProgram]


@pytest.fixture
def carrier(live_server: LiveServer, settings: Settings, tmp_path: Path) -> Iterator[CarrierProgram]:
    """A carrier that reports to this test's portal."""
    hooks = f"{live_server.url}/hooks/sms/{TOKEN}"
    with carrier_running(tmp_path, report_url=f"{hooks}/report/", reply_url=f"{hooks}/reply/") as running:
        sends_through(settings, running)
        yield running


@pytest.fixture
def workers(carrier: CarrierProgram, tmp_path: Path) -> Iterator[Workers]:
    """Starts real workers on this test's database, which send through the carrier."""
    started: list[WorkerProgram] = []

    def start() -> WorkerProgram:
        worker = WorkerProgram(programs.worker(), _environment(carrier), tmp_path / f"worker-{len(started)}.log")
        worker.start()
        started.append(worker)
        return worker

    yield start
    for worker in started:
        worker.stop()


def _environment(carrier: CarrierProgram) -> dict[str, str]:
    return dict(os.environ) | provider_config("simulated", carrier.port, SMS_READ_SECONDS="15") | ALL_DAY


def _state(message: SmsMessage) -> str:
    return fresh(message).state


def _copies(carrier: CarrierProgram, message: SmsMessage) -> int:
    return len(carrier.sent(str(message.key)))


@contextmanager
def _contact_held(message: SmsMessage) -> Iterator[None]:
    """Somebody holds the resident's contact: whoever wants to open it waits."""
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT 1 FROM feedback_sealedcontact WHERE feedback_id = %s FOR UPDATE", [message.feedback_id]
            )
            yield
    finally:
        connection.close()


# The worker killed ------------------------------------------------------------------------------------------------
def test_killed_between_claim_and_send_it_is_sent_once_in_the_end(carrier: CarrierProgram, workers: Workers) -> None:
    worker = workers()
    message = queued(resident())
    with _contact_held(message):
        send_due.delay()
        until(lambda: fresh(message).attempts == 1)
        worker.kill()
    assert (_state(message), _copies(carrier, message)) == (SmsState.CLAIMED, 0)
    worker.start()
    send_due.delay()
    sms_reconcile(now=clock.now() + LATER)
    assert (_state(message), fresh(message).why) == (SmsState.UNKNOWN, Why.WORKER_LOST)
    sms_reconcile(now=clock.now() + MUCH_LATER)
    assert _state(message) == SmsState.QUEUED
    send_due.delay()
    until(lambda: _state(message) == SmsState.DELIVERED)
    assert _copies(carrier, message) == 1


def test_killed_between_send_and_storing_the_answer_it_is_not_sent_again(
    carrier: CarrierProgram, workers: Workers
) -> None:
    worker = workers()
    carrier.order(late_seconds=60, accept_but_answer_late={"next": 1}, receipt_late={"next": 1})
    message = queued(resident())
    until(lambda: _copies(carrier, message) == 1)
    worker.kill()
    carrier.order()
    assert _state(message) == SmsState.CLAIMED
    worker.start()
    send_due.delay()
    sms_reconcile(now=clock.now() + LATER)
    assert _state(message) == SmsState.SENT
    send_due.delay()
    time.sleep(1)
    assert _copies(carrier, message) == 1


def test_a_receipt_settles_what_a_killed_worker_left(carrier: CarrierProgram, workers: Workers) -> None:
    worker = workers()
    carrier.order(late_seconds=60, accept_but_answer_late={"next": 1})
    message = queued(resident())
    until(lambda: _copies(carrier, message) == 1)
    worker.kill()
    until(lambda: _state(message) == SmsState.DELIVERED)
    sms_reconcile(now=clock.now() + MUCH_LATER)
    assert (_state(message), _copies(carrier, message)) == (SmsState.DELIVERED, 1)


def test_two_workers_at_once_send_each_message_once(carrier: CarrierProgram, workers: Workers) -> None:
    messages = [queued(resident()) for _ in range(30)]
    workers(), workers()
    for _ in range(8):
        send_due.delay()
    until(lambda: not SmsMessage.objects.exclude(state=SmsState.DELIVERED).exists(), 60)
    assert [_copies(carrier, message) for message in messages] == [1] * 30
    assert set(SmsMessage.objects.values_list("attempts", flat=True)) == {1}


# The carrier ------------------------------------------------------------------------------------------------------
def test_a_carrier_that_is_gone_gets_everything_once_when_it_is_back(carrier: CarrierProgram, workers: Workers) -> None:
    workers()
    carrier.kill()
    messages = [queued(resident()) for _ in range(3)]
    until(lambda: SmsMessage.objects.filter(state=SmsState.QUEUED, why=Why.UNREACHABLE).count() == 3)
    assert all(message.due_at > clock.now() for message in SmsMessage.objects.all())
    carrier.start()
    SmsMessage.objects.update(due_at=clock.now())
    send_due.delay()
    until(lambda: not SmsMessage.objects.exclude(state=SmsState.DELIVERED).exists())
    assert [_copies(carrier, message) for message in messages] == [1, 1, 1]


def test_a_carrier_killed_after_it_accepted_has_one_copy(carrier: CarrierProgram, workers: Workers) -> None:
    workers()
    carrier.order(late_seconds=60, accept_but_answer_late={"next": 1})
    message = queued(resident())
    until(lambda: _copies(carrier, message) == 1)
    carrier.kill()
    until(lambda: _state(message) in {SmsState.UNKNOWN, SmsState.DELIVERED})
    carrier.start()
    carrier.order()
    sms_reconcile(now=clock.now() + MUCH_LATER)
    until(lambda: _state(message) == SmsState.DELIVERED)
    assert _copies(carrier, message) == 1


def test_receipts_twice_late_and_out_of_order_end_as_the_carrier_has_it(
    carrier: CarrierProgram, workers: Workers
) -> None:
    half = {"probability": 0.5}
    carrier.order(seed=11, late_seconds=1, receipt_twice=half, receipt_late=half, receipt_out_of_order=half)
    messages = [queued(resident()) for _ in range(12)]
    workers()
    send_due.delay()
    until(lambda: not SmsMessage.objects.filter(state__in=[SmsState.QUEUED, SmsState.CLAIMED]).exists())
    carrier.order(seed=12, late_seconds=1, receipt_twice=half, receipt_failed=half, receipt_out_of_order=half)
    messages += [queued(resident()) for _ in range(12)]
    until(lambda: not SmsMessage.objects.exclude(state__in=[SmsState.DELIVERED, SmsState.FAILED]).exists(), 40)
    until(lambda: all(push["state"] == "done" for push in carrier.known()["pushes"]))
    for message in messages:
        (copy,) = carrier.sent(str(message.key))
        assert _state(message) == (SmsState.DELIVERED if copy["is_delivered"] else SmsState.FAILED)
    assert SmsReceipt.objects.count() == len(messages) < len(carrier.known()["pushes"])


# The broker and the database --------------------------------------------------------------------------------------
def test_what_an_emptied_broker_forgot_the_sweep_sends(
    carrier: CarrierProgram, workers: Workers, tmp_path: Path
) -> None:
    messages = [queued(resident()) for _ in range(3)]
    time.sleep(2)  # the wake-up is in the broker
    cache._cache.get_client().flushdb()  # type: ignore[attr-defined]  # Django's own client for the test's Valkey
    workers()
    beat = Program(programs.beat(tmp_path / "beat"), _environment(carrier), tmp_path / "beat.log")
    beat.start()
    try:
        until(lambda: not SmsMessage.objects.exclude(state=SmsState.DELIVERED).exists(), 40)
    finally:
        beat.stop()
    assert [_copies(carrier, message) for message in messages] == [1, 1, 1]


def test_a_database_that_is_restarted_in_the_middle_loses_and_doubles_nothing(tmp_path: Path) -> None:
    carriers: list[CarrierProgram] = []

    def prepare(stack: PortalStack) -> None:
        hooks = f"{stack.url}/hooks/sms/{TOKEN}"
        # It goes on pushing for as long as the portal answers that its store is away.
        options = {"report_url": f"{hooks}/report/", "retry_seconds": ",".join(["0.5"] * 60)}
        carriers.append(CarrierProgram(tmp_path, **options))
        carriers[0].start()
        stack.settings = provider_config("simulated", carriers[0].port) | ALL_DAY

    try:
        with running_stack(beat=True, prepare=prepare) as stack:
            _restart_under_load(stack, carriers[0])
    finally:
        for one in carriers:
            one.stop()


def _restart_under_load(stack: PortalStack, carrier: CarrierProgram) -> None:
    carrier.order(seed=3, late_seconds=0.3, accept_but_answer_late={"probability": 0.7})
    keys = outbox.run(stack, "queue", "15")
    until(lambda: len(carrier.known()["messages"]) > 3, 40)
    stack.postgres.stop()
    time.sleep(1)
    stack.postgres_start()
    carrier.order()
    waiting = "SELECT count(*) FROM followup_smsmessage WHERE state IN ('queued', 'claimed')"
    claimed = "SELECT count(*) FROM followup_smsmessage WHERE state = 'claimed'"
    until(lambda: stack.rows(waiting) == stack.rows(claimed), 60)
    # The time that a dead worker's claim holds goes by.
    back = "claimed_at = claimed_at - interval '20 minutes'"
    stack.rows(f"UPDATE followup_smsmessage SET {back} WHERE state = 'claimed'")  # noqa: S608 (nothing from outside)
    outbox.run(stack, "reconcile")
    unsettled = "SELECT count(*) FROM followup_smsmessage WHERE state <> 'delivered'"
    until(lambda: stack.rows(unsettled) == [(0,)], 60)
    assert [len(carrier.sent(key)) for key in keys] == [1] * 15
