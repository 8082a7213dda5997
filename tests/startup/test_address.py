"""Where the portal listens, what it answers to, and what is said when it cannot."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from opinion_portal.hosts import is_loopback
from opinion_portal.startup.address import (
    Address,
    address_check,
    address_wanted,
    names_answered,
    network_address,
    port_is_free,
    public_url,
)
from opinion_portal.startup.announcement import Ready, ready_text, reset_command
from opinion_portal.startup.places import USUAL_FOLDER, DataFolder
from opinion_portal.startup.problem import StartupProblem

LOWEST_FREE = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")
NOBODY = 65534
HERE = Address("127.0.0.1", 8000)


@contextmanager
def _as_an_ordinary_user() -> Iterator[None]:
    was = os.geteuid()
    if was == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(was)


def test_an_ordinary_user_is_refused_the_ports_that_the_system_keeps_for_root_and_no_others() -> None:
    lowest = int(LOWEST_FREE.read_text()) if LOWEST_FREE.exists() else 1024
    for port in (1, 80, 8000):
        with _as_an_ordinary_user():
            is_refused = _refusal(port) is not None
        assert is_refused == (port < lowest), port


def test_a_port_for_root_alone_is_said_in_one_sentence_with_one_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    # As the system answers an ordinary user who asks for port 80; some containers keep no port for root.
    monkeypatch.setattr("opinion_portal.startup.address._bind_error", lambda _address: PermissionError())
    assert _refusal(80) == "Port 80 needs root, as ports under 1024 do: choose another, like `PORT=8000 make run`."


def _refusal(port: int) -> str | None:
    try:
        address_check(Address("127.0.0.1", port))
    except StartupProblem as refused:
        return str(refused)
    return None


@pytest.mark.parametrize("port", ["abc", "0", "99999", "-1", "²", "80 80"])
def test_a_port_that_is_none_is_refused(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(StartupProblem, match="PORT must be a number from 1 to 65535"):
        address_wanted()


@pytest.mark.parametrize("host", ["192.0.2.7", "no such host"])
def test_a_host_of_another_machine_is_said_in_one_sentence(host: str) -> None:
    with pytest.raises(StartupProblem, match="HOST must be an address of this machine"):
        address_check(Address(host, 8000))


def test_a_taken_port_is_not_free_and_no_mistake() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = Address("127.0.0.1", other.getsockname()[1])
        address_check(taken)
        assert not port_is_free(taken)
    assert port_is_free(taken)


def test_this_machine_is_answered_under_each_of_its_names_and_what_was_given_stays() -> None:
    assert names_answered(HERE, "") == "localhost,127.0.0.1,[::1]"
    assert names_answered(HERE, "portal.lan, localhost") == "portal.lan,localhost,127.0.0.1,[::1]"
    assert names_answered(Address("192.0.2.7", 80), "") == "localhost,127.0.0.1,[::1],192.0.2.7"


def test_a_portal_open_to_the_network_carries_the_address_of_the_machine_in_there() -> None:
    assert public_url(HERE) == "http://127.0.0.1:8000"
    assert public_url(Address("192.0.2.7", 8000)) == "http://192.0.2.7:8000"
    assert public_url(Address("::1", 8000)) == "http://[::1]:8000"
    assert public_url(Address("0.0.0.0", 8000)) == f"http://{network_address()}:8000"  # noqa: S104 (the text alone)
    assert str(Address("0.0.0.0", 8000)) == "http://127.0.0.1:8000"  # noqa: S104


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]", "portal.localhost", "::"])
def test_what_leads_every_machine_to_itself_is_known(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["", "192.168.1.20", "portal.example", "localhost.example", "fe80::1"])
def test_what_leads_elsewhere_is_not_taken_for_this_machine(host: str) -> None:
    assert not is_loopback(host)


def _said(address: Address, public: str, folder: Path = USUAL_FOLDER) -> str:
    return ready_text(Ready(address, public, DataFolder(folder), [], f"{public}/p/A/"))


def test_the_announcement_tells_who_can_reach_the_portal_and_how_a_phone_can() -> None:
    everywhere = Address("0.0.0.0", 8000)  # noqa: S104 (the text alone)
    assert "For a phone in the same network: HOST=0.0.0.0 make run" in _said(HERE, "http://127.0.0.1:8000")
    assert "listens to this machine alone: HOST=0.0.0.0 opens it" in _said(HERE, "http://192.0.2.7:8000")
    assert "Open to your network at http://192.0.2.7:8000/ " in _said(everywhere, "http://192.0.2.7:8000")


def test_the_way_to_a_new_password_names_the_folder_of_the_data() -> None:
    command = ".venv/bin/python manage.py reset_password USERNAME"
    assert reset_command(DataFolder(USUAL_FOLDER)) == command
    assert reset_command(DataFolder(Path("/srv/my portal"))) == f"DATA_DIR='/srv/my portal' {command}"
    assert f"A new password: DATA_DIR=/srv/portal {command}" in _said(HERE, str(HERE), Path("/srv/portal"))
