"""The web's entry: an event loop takes requests in, threads answer them with Django.

A request is taken in whole before a thread works on it, so a phone that sends its photos slowly holds none. What a room
can answer on the loop itself, without Django's way through middlewares and views, stands in ``settings.EXPRESS``;
whatever it leaves goes to the threads like the rest. See docs/decisions/0008.
"""

import asyncio
import errno
import io
import sys
import tempfile
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, NamedTuple

import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from granian.rsgi import ProtocolClosed, ProtocolError

from opinion_portal.refusals import NOT_TAKEN_IN, REFUSED, TOO_LONG
from opinion_portal.wsgi import application as portal_wsgi

THREADS = 8
CREATED = 201
# A longer body is written to a file while it arrives: so many bytes for all that a process takes in at once.
IN_MEMORY = 256 * 1024
LONG_BODIES = 256 * 1024 * 1024
# Seconds for a body to arrive: a minute, and longer for what comes at so many bytes a second.
BODY_SECONDS, BODY_SECONDS_MAX, SLOWEST = 60.0, 600.0, 4 * 1024
LENGTH_DIGITS = 18
# What the middlewares make of a request without cookie and query depends on its address and these of its headers, as
# Django is given them.
TELLING = ("host", "content-type", "accept-language", "x-forwarded-proto")
# Whoever sends more different ones, or longer, is answered as well, the long way.
MANNERS_MAX, KIND_MAX = 1_000, 500

Headers = list[tuple[str, str]]
Kind = tuple[str, ...]
log = structlog.get_logger("portal.web")


class Manner(NamedTuple):
    """How Django answers a kind of request: headers without the length, language."""

    headers: Headers
    language: str


class Portal:
    """The application as granian calls it, once in each of its processes."""

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Before the first request."""
        self._loop = loop
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="django")
        self._express: dict[str, Callable[[bytes, str], Awaitable[bytes | None]]] = {
            path: import_string(name) for path, name in settings.EXPRESS.items()
        }
        self._manners: dict[Kind, Manner] = {}
        self._long_bodies = 0

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        headers = scope.headers
        length = _length(headers)
        if length > settings.BODY_MAX:
            await self._in_thread(scope, headers, protocol, io.BytesIO(), TOO_LONG)
        elif length > IN_MEMORY:
            await self._answer_long(scope, headers, protocol, length)
        else:
            await self._answer_short(scope, headers, protocol, length)

    async def _answer_short(self, scope: Any, headers: Any, protocol: Any, length: int) -> None:
        refused, body = "", b""
        try:
            if length:
                async with asyncio.timeout(_seconds(length)):
                    body = await protocol()
        except TimeoutError:
            refused = NOT_TAKEN_IN
        except (ProtocolClosed, ProtocolError):
            return  # whoever sent it is gone
        kind = self._kind(scope, headers)
        if kind and not refused and await self._is_expressed(kind, protocol, body):
            return
        answer = await self._in_thread(scope, headers, protocol, io.BytesIO(body), refused)
        if kind and answer.status == CREATED:
            self._learn(kind, answer)

    async def _answer_long(self, scope: Any, headers: Any, protocol: Any, length: int) -> None:
        refused, taken = "", 0
        try:
            with tempfile.TemporaryFile() as file:
                try:
                    async with asyncio.timeout(_seconds(length)):
                        async for chunk in protocol:
                            taken += len(chunk)
                            self._claim(len(chunk))
                            file.write(chunk)
                        file.seek(0)
                except OSError:  # also: too slow, or no room where the file is
                    refused = NOT_TAKEN_IN
                except (ProtocolClosed, ProtocolError):
                    return  # whoever sent it is gone
                if refused or taken == length:  # or has gone without a word
                    await self._in_thread(scope, headers, protocol, file, refused)
        finally:  # whatever happened, even when the request was cancelled
            self._long_bodies -= taken

    def _claim(self, length: int) -> None:
        self._long_bodies += length
        if self._long_bodies > LONG_BODIES:
            raise OSError(errno.ENOSPC, "more than long bodies may take")

    async def _in_thread(self, scope: Any, headers: Any, protocol: Any, body: IO[bytes], refused: str) -> "_Started":
        return await self._loop.run_in_executor(self._threads, _answer, scope, headers, protocol, body, refused)

    # The short way ---------------------------------------------------------------------------------------------------
    def _kind(self, scope: Any, headers: Any) -> Kind | None:
        """What the manner of an express answer hangs on; ``None`` for a request that cannot have one."""
        path = scope.path
        if path not in self._express or scope.method != "POST" or scope.query_string or "cookie" in headers:
            return None
        return (path, *[",".join(headers.get_all(name)) for name in TELLING])

    async def _is_expressed(self, kind: Kind, protocol: Any, body: bytes) -> bool:
        manner = self._manners.get(kind)
        if manner is None:
            return False  # the first of its kind shows how Django answers
        try:
            answer = await self._express[kind[0]](body, manner.language)
        except Exception:
            log.exception("express.failed", path=kind[0])
            return False
        if answer is None:
            return False
        protocol.response_bytes(CREATED, manner.headers, answer)
        return True

    def _learn(self, kind: Kind, answer: "_Started") -> None:
        language = dict(answer.headers).get("Content-Language")
        if not language or sum(map(len, kind)) > KIND_MAX:
            return
        if len(self._manners) >= MANNERS_MAX:
            self._manners.clear()
        # The server adds the length of the body itself.
        headers = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
        self._manners[kind] = Manner(headers, language)


def _length(headers: Any) -> int:
    length = headers.get("content-length", "")
    if not length.isdecimal():
        return 0
    return int(length) if len(length) <= LENGTH_DIGITS else settings.BODY_MAX + 1


def _seconds(length: int) -> float:
    return min(BODY_SECONDS + length / SLOWEST, BODY_SECONDS_MAX)


class _Started:
    """WSGI's ``start_response``, which keeps what it is called with."""

    def __init__(self) -> None:
        self.status, self.headers = 500, Headers()

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> None:
        self.status, self.headers = int(status.split(" ", 1)[0]), headers


def _answer(scope: Any, headers: Any, protocol: Any, body: IO[bytes], refused: str) -> _Started:
    """Have Django answer, in a thread. Answers go out whole: the longest is the audit log's export of a few MB."""
    started = _Started()
    environ = _environ(scope, headers, body)
    if refused:
        environ |= {REFUSED: refused, "CONTENT_LENGTH": "0"}
    result = portal_wsgi(environ, started)
    try:
        # What is still coming of a refused body is not waited for.
        sent = [*started.headers, ("Connection", "close")] if refused else started.headers
        protocol.response_bytes(started.status, sent, b"".join(result))
    finally:
        if close := getattr(result, "close", None):
            close()
    return started


def _environ(scope: Any, headers: Any, body: IO[bytes]) -> dict[str, Any]:
    server, _, port = scope.server.rpartition(":")
    environ = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "SERVER_NAME": server.strip("[]"),
        "SERVER_PORT": port,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": body,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name in headers.keys():  # noqa: SIM118  (no dictionary)
        values = headers.get_all(name)  # those in ASCII
        # With an underscore it would pass for a header that the proxy sets.
        if values and "_" not in name:
            environ["HTTP_" + name.upper().replace("-", "_")] = ("; " if name == "cookie" else ",").join(values)
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if (value := environ.pop(f"HTTP_{name}", None)) is not None:
            environ[name] = value
    return environ


application = Portal()
