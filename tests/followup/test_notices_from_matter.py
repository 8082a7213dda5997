"""From the page of a matter the centre goes straight to the draft of a notice that names it."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import translation

from accounts.models import Officer, Role
from feedback.models import Feedback
from tests.feedback.queue_cast import centre, logged_in, officer
from tests.measures.matters import dispatched, handled, head, unit

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def _page(who: Officer, number: int) -> str:
    return logged_in(who).get(reverse("matters:detail", args=[number])).content.decode()


def test_the_link_leads_to_a_draft_for_the_lead_unit_with_this_matter_picked() -> None:
    matter = handled(dispatched())
    address = f"{reverse('notices:draft')}?matter={matter.pk}"
    assert address in _page(centre(), matter.pk)
    answer = logged_in(centre()).get(address)
    assert answer.context["unit"] == unit()
    assert answer.context["form"]["matters"].value() == [str(matter.pk)]


@pytest.mark.parametrize("role", [Role.DISCIPLINE, Role.LEADER, Role.UNIT_HEAD])
def test_who_may_not_draft_has_no_such_link(role: Role) -> None:
    matter = handled(dispatched())
    who = head() if role == Role.UNIT_HEAD else officer(role)
    assert reverse("notices:draft") + "?matter" not in _page(who, matter.pk)


def test_a_matter_about_its_own_unit_is_not_to_be_named_to_it() -> None:
    matter = handled(dispatched())
    Feedback.objects.filter(matter_link__rectification=matter).update(about_unit=unit())
    assert reverse("notices:draft") + "?matter" not in _page(centre(), matter.pk)
