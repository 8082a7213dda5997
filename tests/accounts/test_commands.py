"""The commands of the accounts room."""

import json
import stat
from io import StringIO
from pathlib import Path

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


def test_logins_that_nobody_has_read_are_printed_again_until_their_file_is_removed(tmp_path: Path) -> None:
    keep = tmp_path / "logins.json"
    made = json.loads(_said("first_logins", "--keep", str(keep)))
    assert len(made) == len(Role.values)
    assert stat.S_IMODE(keep.stat().st_mode) == 0o600
    assert json.loads(_said("first_logins", "--keep", str(keep))) == made
    keep.unlink()
    assert json.loads(_said("first_logins", "--keep", str(keep))) == []


def test_a_first_password_that_opens_nothing_any_more_is_not_printed_again(tmp_path: Path) -> None:
    keep = tmp_path / "logins.json"
    made = json.loads(_said("first_logins", "--keep", str(keep)))
    _said("reset_password", "zhongxin")
    again = json.loads(_said("first_logins", "--keep", str(keep)))
    assert again == [one for one in made if one["username"] != "zhongxin"]


def test_the_file_of_a_run_that_was_killed_before_it_stored_its_accounts_is_replaced(tmp_path: Path) -> None:
    keep = tmp_path / "logins.json"
    keep.write_text(json.dumps([{"username": "zhongxin", "password": "never-stored"}]))
    made = json.loads(_said("first_logins", "--keep", str(keep)))
    assert json.loads(keep.read_text()) == made
    assert all(Officer.objects.get(username=one["username"]).check_password(one["password"]) for one in made)


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
