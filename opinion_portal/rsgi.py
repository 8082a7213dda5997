"""The web's entry: an event loop takes requests in, threads answer them with Django.

A request is taken in whole before a thread works on it, so a phone that sends its photos slowly holds none. What a room
can answer on the loop itself, without Django's way through middlewares and views, stands in ``settings.EXPRESS``;
whatever it leaves goes to the threads like the rest. See docs/decisions/0008.
"""

import asyncio
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

from opinion_portal.wsgi import application as portal_wsgi

THREADS = 8
CREATED = 201
# A longer body is written to a file while it arrives.
IN_MEMORY = 256 * 1024
# Longer than any form: Django refuses it by its announced length, so nobody waits for it.
BODY_MAX = 65 * 1024 * 1024
# What the middlewares make of a request without cookie and query depends on its address and these of its headers.
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

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        """Answer one request."""
        headers = scope.headers
        try:
            body = await _body(_length(headers), protocol)
        except (ProtocolClosed, ProtocolError, EOFError):
            return  # whoever sent it is gone
        kind = self._kind(scope, headers)
        if kind and isinstance(body, bytes) and await self._is_expressed(kind, protocol, body):
            return
        answer = await self._loop.run_in_executor(self._threads, _answer, scope, headers, protocol, body)
        if kind and answer.status == CREATED:
            self._learn(kind, answer)

    def _kind(self, scope: Any, headers: Any) -> Kind | None:
        """What the manner of an express answer hangs on; ``None`` for a request that cannot have one."""
        path = scope.path
        if path not in self._express or scope.method != "POST" or scope.query_string or "cookie" in headers:
            return None
        return (path, *[headers.get(name, "") for name in TELLING])

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


async def _body(length: int, protocol: Any) -> bytes | IO[bytes]:
    """The whole body, a long one as a file. Raises ``EOFError`` or granian's errors when it broke off."""
    if not 0 < length <= BODY_MAX:
        return b""
    if length <= IN_MEMORY:
        body: bytes = await protocol()
        return body
    file = tempfile.TemporaryFile()  # noqa: SIM115  (closed when the request is answered)
    async for chunk in protocol:
        file.write(chunk)
    if file.tell() < length:
        file.close()
        raise EOFError
    file.seek(0)
    return file


def _length(headers: Any) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


class _Started:
    """WSGI's ``start_response``, which keeps what it is called with."""

    def __init__(self) -> None:
        self.status, self.headers = 500, Headers()

    def __call__(self, status: str, headers: Headers, exc_info: Any = None) -> None:
        self.status, self.headers = int(status.split(" ", 1)[0]), headers


def _answer(scope: Any, headers: Any, protocol: Any, body: bytes | IO[bytes]) -> _Started:
    """Have Django answer, in a thread. Answers go out whole: the longest is the audit log's export of a few MB."""
    started = _Started()
    with io.BytesIO(body) if isinstance(body, bytes) else body as file:
        result = portal_wsgi(_environ(scope, headers, file), started)
        try:
            protocol.response_bytes(started.status, started.headers, b"".join(result))
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
        "QUERY_STRING": scope.query_string,
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
        # With an underscore it would pass for a header that the proxy sets.
        if "_" not in name:
            separator = "; " if name == "cookie" else ","
            environ["HTTP_" + name.upper().replace("-", "_")] = separator.join(headers.get_all(name))
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if (value := environ.pop(f"HTTP_{name}", None)) is not None:
            environ[name] = value
    return environ


application = Portal()
