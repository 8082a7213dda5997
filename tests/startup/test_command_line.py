"""``manage.py`` with something in its way: one sentence on what to do, never a trace-back."""

from pathlib import Path

import pytest

from tests.startup.launching import run
from tests.support import servers

PREPARE = (
    "The database is empty or older than this program: `make run` prepares it, or run these two first: "
    "`manage.py migrate` and `manage.py load_reference`.\n"
)


@pytest.fixture(scope="module")
def unprepared() -> dict[str, str]:
    """The environment of a database that was never migrated."""
    servers.database_clone("unprepared", "template1")
    return servers.process_environment("unprepared", 61)


@pytest.mark.parametrize(
    "command", ["verify_audit", "verify_tallies", "reset_password wang", "import_feedback {letters}"]
)
def test_a_command_on_a_database_that_was_never_prepared_says_how_to_prepare_it(
    command: str, unprepared: dict[str, str], tmp_path: Path
) -> None:
    letters = tmp_path / "letters.csv"
    letters.write_text("内容\n路灯坏了\n")
    done = run("manage.py", *command.format(letters=letters).split(), **unprepared)
    assert (done.returncode, done.stderr) == (1, PREPARE)


def test_who_asks_for_it_gets_the_trace_back(unprepared: dict[str, str]) -> None:
    done = run("manage.py", "verify_audit", "--traceback", **unprepared)
    assert "Traceback" in done.stderr


def test_a_command_without_its_database_says_that_it_cannot_be_reached(unprepared: dict[str, str]) -> None:
    done = run("manage.py", "verify_audit", **unprepared | {"DATABASE_URL": "postgres://portal:x@127.0.0.1:1/portal"})
    assert done.returncode == 1
    assert done.stderr.startswith("The database cannot be used: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "nonsense:secret", "DATABASE_URL must read postgres://user:password@host:port/database"),
        ("RECEIPT_KEY", "short", "RECEIPT_KEY is not valid base64"),
        ("PUBLIC_BASE_URL", "portal.example", "PUBLIC_BASE_URL must be an http:// or https:// address"),
        ("PORT", "abc", "PORT must be a number from 1 to 65535, not 'abc'."),
    ],
)
def test_a_malformed_variable_is_named_in_one_sentence(name: str, value: str, told: str) -> None:
    done = run("manage.py", "check", **{name: value})
    assert (done.returncode, done.stderr) == (1, f"{told}\n")
