"""What waits to be dispatched, and the ways that lead from the queue to a dispatch and to its matter."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Role
from feedback.models import Kind
from measures.models import Measure
from tests.feedback.queue_cast import centre, logged_in, officer, voice
from tests.measures.matters import confirmed, dispatched, heard

pytestmark = pytest.mark.django_db
DISPATCH = reverse("matters:dispatch")
WAITING = reverse("matters:waiting")


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


def _measure(item: str) -> Measure:
    return Measure.objects.filter(items=item).order_by("number")[0]


def test_what_waits_is_confirmed_free_and_no_praise_oldest_first(client: Client) -> None:
    first, second = heard("甲说太吵"), heard("乙说堵车", item="T2")
    heard("谢谢民警", kind=Kind.PRAISE)
    dispatched(heard("丙也说太吵"))
    voice("还没研判")
    answer = client.get(WAITING)
    assert [row.id for row in answer.context["page"].rows] == [first.pk, second.pk]
    assert answer.context["page"].count == "2"
    assert [row.id for row in client.get(WAITING, {"item": "T2"}).context["page"].rows] == [second.pk]
    assert client.get(reverse("matters:list")).context["waiting"] == "2"
    read = AuditEvent.objects.filter(action="feedback.list").latest("id")
    assert read.data["ids"] == [second.pk]


def test_from_a_measure_one_comes_to_what_waits_under_its_items(client: Client) -> None:
    found = heard("巡逻太少", item="P3")
    heard("乙说堵车", item="T1")
    measure = _measure("P3")
    page = client.get(reverse("plans:measure", args=[measure.pk])).content.decode()
    address = f"{WAITING}?measure={measure.pk}"
    assert address in page
    answer = client.get(address)
    assert [row.id for row in answer.context["page"].rows] == [found.pk]
    assert f"{DISPATCH}?feedback={found.pk}&amp;measure={measure.pk}" in answer.content.decode()


def test_pages_of_what_waits_follow_one_another(client: Client) -> None:
    ids = [confirmed(f"第{number}条").pk for number in range(53)]
    first = client.get(WAITING).context["page"]
    assert [row.id for row in first.rows] == ids[:50]
    rest = client.get(WAITING, {"after": first.next_key}).context["page"]
    assert [row.id for row in rest.rows] == ids[50:]
    assert rest.next_key is None
    assert client.get(WAITING, {"after": "x", "measure": "y", "item": "'"}).status_code == 200


def test_the_queue_leads_to_the_dispatch_and_then_to_the_matter(client: Client) -> None:
    one, other = heard("甲说太吵"), heard("乙也说太吵")
    detail = reverse("queue:detail", args=[one.pk])
    assert f"{DISPATCH}?feedback={one.pk}" in client.get(detail).content.decode()
    listed = client.get(reverse("queue:list"), {"state": "confirmed"}).content.decode()
    assert f'method="get" action="{DISPATCH}"' in listed
    assert listed.count('name="feedback"') == 2
    made = dispatched(one)
    assert made.reference in client.get(detail).content.decode()
    listed = client.get(reverse("queue:list"), {"state": "confirmed"}).content.decode()
    assert made.reference in listed
    assert listed.count('name="feedback"') == 1
    assert f'value="{other.pk}"' in listed
    assert "csrfmiddlewaretoken" not in listed.partition("data-queue-list")[2].partition("</form>")[0]


def test_a_leader_sees_no_way_to_dispatch() -> None:
    one = heard()
    page = logged_in(officer(Role.LEADER)).get(reverse("queue:detail", args=[one.pk])).content.decode()
    assert DISPATCH not in page
    listed = logged_in(officer(Role.LEADER)).get(reverse("queue:list"), {"state": "confirmed"}).content.decode()
    assert 'name="feedback"' not in listed
