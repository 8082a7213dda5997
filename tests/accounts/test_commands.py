"""The commands of the accounts room."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import Officer, Role
from tests.accounts.cast import acts, log_in, officer, screen

pytestmark = pytest.mark.django_db


def _said(*command: str) -> str:
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_the_first_run_makes_one_account_for_each_post_and_the_next_none() -> None:
    made = json.loads(_said("first_logins"))
    assert {one["role"] for one in made} == set(Role.values)
    assert json.loads(_said("first_logins")) == []
    assert all(Officer.objects.get(username=one["username"]).must_change_password for one in made)


def test_each_of_the_first_logins_opens_the_page_of_its_post_after_one_step() -> None:
    for one in json.loads(_said("first_logins")):
        client = screen()
        assert log_in(client, one["username"], one["password"]).status_code == 302
        new = {"new_password1": "Early-Lamp-83", "new_password2": "Early-Lamp-83"}
        page = client.post("/office/password/", new, follow=True)
        assert page.status_code == 200, one
        assert page.request["PATH_INFO"] != "/office/password/", one


def test_a_password_reset_on_the_command_line_opens_the_account() -> None:
    officer()
    password = _said("reset_password", "wang").strip()
    assert log_in(screen(), "wang", password).status_code == 302
    assert acts("password.reset")[-1].actor_label == "system"


def test_a_password_reset_of_nobody_says_so() -> None:
    with pytest.raises(CommandError, match="No account is named nobody"):
        _said("reset_password", "nobody")
