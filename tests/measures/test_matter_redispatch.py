"""The second dispatch of a matter that a unit has returned."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from measures.models import Rectification
from measures.requests import request_ask, request_decide
from tests.feedback.queue_cast import centre, logged_in
from tests.measures.matters import BRIEF, dispatched, head, heard, unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


def _value(answer: Any, name: str) -> Any:
    return answer.context["form"][name].value()


def _returned() -> Rectification:
    matter = dispatched(heard())
    asked = request_ask(rectification_id=matter.pk, officer=head(), kind="return", reason="属交警")
    request_decide(request_id=asked.pk, officer=centre(), grants=True, note="同意")
    return matter


def test_a_returned_matter_goes_to_another_unit_with_another_text(client: Client) -> None:
    matter = _returned()
    address = reverse("matters:redispatch", args=[matter.pk])
    assert address in client.get(reverse("matters:detail", args=[matter.pk])).content.decode()
    page = client.get(address)
    assert _value(page, "brief") == matter.brief
    refused = client.post(address, {"brief": "改过的文字", "lead_unit": ""})
    assert refused.status_code == 422
    assert _value(refused, "brief") == "改过的文字"
    answer = client.post(address, {"brief": "改过的文字", "lead_unit": unit("traffic").pk})
    matter.refresh_from_db()
    assert answer["Location"] == reverse("matters:detail", args=[matter.pk])
    assert (matter.state, matter.lead_unit, matter.brief) == ("dispatched", unit("traffic"), "改过的文字")


def test_what_was_dispatched_anew_meanwhile_is_not_dispatched_twice(client: Client) -> None:
    matter = _returned()
    address = reverse("matters:redispatch", args=[matter.pk])
    other = {"brief": BRIEF, "lead_unit": unit("traffic").pk}
    assert client.post(address, other).status_code == 302
    answer = client.post(address, other | {"lead_unit": unit("criminal").pk})
    assert answer.status_code == 409
    matter.refresh_from_db()
    assert matter.lead_unit == unit("traffic")
