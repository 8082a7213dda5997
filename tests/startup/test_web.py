"""How the web takes requests in: whole, before anybody works on them."""

import asyncio
import io
import socket
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from granian.rsgi import ProtocolClosed
from PIL import Image

from opinion_portal import rsgi
from opinion_portal.refusals import NOT_TAKEN_IN, TOO_LONG
from tests.support.stack import PortalStack

# More than all threads of both web processes.
SLOW_SENDERS = 2 * rsgi.THREADS + 8
BOUNDARY = "a-boundary"


def _connection(stack: PortalStack) -> socket.socket:
    return socket.create_connection(("127.0.0.1", stack.port), timeout=20)


def _form(code: str, content: str, photo: bytes = b"") -> bytes:
    """A form as a browser posts it: head and body."""
    fields = {"client_id": str(uuid.uuid4()), "content": content}
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if photo:
        named = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="photos"; filename="street.png"\r\n'
        parts.append(named.encode() + b"Content-Type: image/png\r\n\r\n" + photo + b"\r\n")
    body = b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
    head = (
        f"POST /p/{code}/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _answer(connection: socket.socket) -> str:
    """Everything that comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


def _stored(stack: PortalStack, content: str) -> int:
    return int(stack.rows("SELECT count(*) FROM feedback_feedback WHERE content = %s", content)[0][0])


def _noise(edge: int) -> bytes:
    """A picture that no compression makes small."""
    file = io.BytesIO()
    Image.effect_noise((edge, edge), 90).convert("RGB").save(file, "PNG")
    return file.getvalue()


def test_phones_that_send_slowly_hold_nobody_up(shared_portal_stack: PortalStack) -> None:
    forms = [_form("NOPOINT1", f"慢慢发来的第{number}句") for number in range(SLOW_SENDERS)]
    with ExitStack() as open_connections:
        slow = [open_connections.enter_context(closing(_connection(shared_portal_stack))) for _ in forms]
        for connection, form in zip(slow, forms, strict=True):
            connection.sendall(form[:-40])
        started = time.monotonic()
        assert shared_portal_stack.ask("/p/NOPOINT1/").status == 200
        assert time.monotonic() - started < 5
        for connection, form in zip(slow, forms, strict=True):
            connection.sendall(form[-40:])
        assert all(_answer(connection).startswith("HTTP/1.1 200") for connection in slow)
    assert all(_stored(shared_portal_stack, f"慢慢发来的第{number}句") == 1 for number in range(SLOW_SENDERS))


@pytest.mark.parametrize("photo", [b"", _noise(400)], ids=["in memory", "in a file"])
def test_a_form_that_breaks_off_is_no_voice(shared_portal_stack: PortalStack, photo: bytes) -> None:
    content = f"话没说完 {len(photo)}"
    form = _form("NOPOINT1", content, photo)
    assert (len(form) > rsgi.IN_MEMORY) == bool(photo)
    failures = shared_portal_stack.log_text().count("Traceback")
    with closing(_connection(shared_portal_stack)) as connection:
        connection.sendall(form[:-10])
        time.sleep(0.2)
    time.sleep(0.5)
    assert _stored(shared_portal_stack, content) == 0
    assert shared_portal_stack.log_text().count("Traceback") == failures


def test_a_long_form_is_taken_whole(shared_portal_stack: PortalStack) -> None:
    form = _form("NOPOINT1", "附一张照片", _noise(700))
    assert len(form) > 4 * rsgi.IN_MEMORY
    with closing(_connection(shared_portal_stack)) as connection:
        connection.sendall(form)
        assert _answer(connection).startswith("HTTP/1.1 200")
    photos = shared_portal_stack.rows(
        "SELECT count(*) FROM feedback_attachment a JOIN feedback_feedback f ON f.id = a.feedback_id "
        "WHERE f.content = '附一张照片'"
    )
    assert photos == [(1,)]


@pytest.mark.parametrize("path", ["/p/NOPOINT1/", "/api/v1/feedback/", "/office/login/"])
def test_a_form_too_long_is_refused_before_it_is_sent(shared_portal_stack: PortalStack, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {settings.BODY_MAX + 1}\r\n\r\n"
    with closing(_connection(shared_portal_stack)) as connection:
        connection.sendall(head.encode())
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")


# What Django is told ------------------------------------------------------------------------------------------------
class _Headers:
    def __init__(self, headers: dict[str, list[str]]) -> None:
        self.keys, self.get_all = headers.keys, headers.__getitem__

    def get(self, name: str, default: str) -> str:
        return self.get_all(name)[0] if name in self.keys() else default


class _Scope:
    method, query_string, http_version, scheme = "GET", "a=路", "1.1", "http"
    path, server, client = "/p/路灯/", "[::1]:8000", "[::1]:50000"


def _environ(**headers: list[str]) -> dict[str, Any]:
    return rsgi._environ(_Scope(), _Headers(headers), io.BytesIO())


def test_a_header_with_an_underscore_does_not_pass_for_one_of_the_proxy() -> None:
    environ = _environ(**{"x-forwarded-for": ["203.0.113.5"], "x_forwarded_for": ["6.6.6.6"]})
    assert environ["HTTP_X_FORWARDED_FOR"] == "203.0.113.5"


def test_headers_that_come_twice_are_joined_as_their_kind_is() -> None:
    environ = _environ(cookie=["a=1", "b=2"], accept=["text/html", "text/plain"])
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_ACCEPT"] == "text/html,text/plain"


def test_a_header_of_other_signs_is_none() -> None:
    assert "HTTP_ACCEPT_LANGUAGE" not in _environ(**{"accept-language": []})


def test_addresses_and_paths_are_what_wsgi_makes_of_them() -> None:
    environ = _environ()
    assert environ["QUERY_STRING"].encode("latin-1").decode() == "a=路"
    assert (environ["REMOTE_ADDR"], environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("::1", "::1", "8000")
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/p/路灯/"


# The short way ------------------------------------------------------------------------------------------------------
ADDRESS = "/api/v1/feedback/"


def _portal() -> rsgi.Portal:
    portal = rsgi.Portal()
    portal.__rsgi_init__(asyncio.new_event_loop())
    return portal


def _learnt(portal: rsgi.Portal, *kind: str) -> bool:
    started = rsgi._Started()
    started("201 Created", [("Content-Language", "en"), ("Content-Length", "70")])
    portal._learn((ADDRESS, *kind), started)
    return (ADDRESS, *kind) in portal._manners


def test_a_short_way_that_fails_leaves_the_request_to_django(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(body: bytes, language: str) -> bytes | None:
        raise RuntimeError("a fault of our own")

    portal = _portal()
    portal._express = {ADDRESS: fails}
    assert _learnt(portal, "en")
    assert asyncio.run(portal._is_expressed((ADDRESS, "en"), None, b"{}")) is False
    assert "express.failed" in caplog.text


def test_what_is_learnt_of_the_requests_of_strangers_has_an_end() -> None:
    portal = _portal()
    assert all(_learnt(portal, str(number)) for number in range(rsgi.MANNERS_MAX + 1))
    assert len(portal._manners) == 1
    assert not _learnt(portal, "x" * rsgi.KIND_MAX)


# What is not taken in -----------------------------------------------------------------------------------------------
class _Form:
    """A form as its own scope and protocol: these parts, and then nothing more for ever."""

    method, path, query_string = "POST", "/p/NOPOINT1/", ""

    def __init__(self, *parts: bytes, length: int) -> None:
        self.headers = _Headers({"content-length": [str(length)]})
        self.parts = parts
        self.refused: list[str] = []

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part
        await asyncio.Event().wait()

    async def __call__(self) -> bytes:
        await asyncio.Event().wait()
        return b""


def _refusal(form: _Form, monkeypatch: pytest.MonkeyPatch) -> str:
    """Why Django is told that it has no body."""

    def answer(scope: object, headers: object, protocol: object, body: object, refused: str) -> rsgi._Started:
        form.refused.append(refused)
        return rsgi._Started()

    monkeypatch.setattr(rsgi, "_answer", answer)

    async def ask() -> None:
        portal = rsgi.Portal()
        portal.__rsgi_init__(asyncio.get_running_loop())
        await portal.__rsgi__(form, form)
        assert portal._long_bodies == 0

    asyncio.run(ask())
    return form.refused[0]


LONG = rsgi.IN_MEMORY + 1


@pytest.mark.parametrize("length", [100, LONG], ids=["short", "long"])
def test_a_form_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch, length: int) -> None:
    monkeypatch.setattr(rsgi, "BODY_SECONDS_MAX", 0.05)
    assert _refusal(_Form(b"--a", length=length), monkeypatch) == NOT_TAKEN_IN


def test_long_forms_that_would_fill_the_disk_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rsgi, "LONG_BODIES", 1000)
    assert _refusal(_Form(b"x" * 600, b"x" * 600, length=LONG), monkeypatch) == NOT_TAKEN_IN


@pytest.mark.parametrize("end", [asyncio.CancelledError, ProtocolClosed])
def test_a_long_form_that_ends_in_any_way_gives_its_room_back(end: type[BaseException]) -> None:
    class Ending(_Form):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b"x" * 600
            raise end

    async def room_after() -> int:
        portal, form = rsgi.Portal(), Ending(length=LONG)
        portal.__rsgi_init__(asyncio.get_running_loop())
        with suppress(end):
            await portal.__rsgi__(form, form)
        return portal._long_bodies

    assert asyncio.run(room_after()) == 0


def test_a_form_for_which_the_disk_has_no_room_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w+b") as full:
        monkeypatch.setattr(tempfile, "TemporaryFile", lambda: full)
        assert _refusal(_Form(b"x" * LONG, length=LONG), monkeypatch) == NOT_TAKEN_IN


@pytest.mark.parametrize("digits", [str(settings.BODY_MAX + 1), "9" * 18, "0" * 5000])
def test_a_length_beyond_measure_is_too_long(monkeypatch: pytest.MonkeyPatch, digits: str) -> None:
    form = _Form(length=0)
    form.headers = _Headers({"content-length": [digits]})
    assert _refusal(form, monkeypatch) == TOO_LONG


def test_what_arrives_steadily_has_its_time() -> None:
    assert rsgi._seconds(2_000) < 61
    assert 300 < rsgi._seconds(1_000_000) < 310
    assert rsgi._seconds(settings.BODY_MAX) == 600


@pytest.mark.django_db
def test_who_sent_too_slowly_reads_why_and_is_hung_up_on() -> None:
    answers: list[tuple[int, rsgi.Headers, bytes]] = []
    protocol = SimpleNamespace(response_bytes=lambda *answer: answers.append(answer))
    rsgi._answer(_Scope(), _Headers({"host": ["127.0.0.1"]}), protocol, io.BytesIO(), NOT_TAKEN_IN)
    ((status, headers, body),) = answers
    assert status == 503
    assert ("Connection", "close") in headers
    assert "网络太慢" in body.decode()
