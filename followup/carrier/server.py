"""HTTP on this machine: the providers' API at ``/``, phones to look at, and orders at ``/control/``.

The API tells one provider from the other as they do: by its headers. Everything asks for a loopback ``Host`` (a name
on the internet may point here: DNS rebinding), and a POST from another site's page is refused.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event
from urllib.parse import parse_qsl, urlsplit

from followup.carrier import aliyun, pages, tencent
from followup.carrier.exchange import Exchange
from followup.carrier.faults import BadOrder, order_read
from followup.carrier.store import Message
from followup.carrier.wire import Request, Response, json_response

BODY_BYTES = 64 * 1024
IDLE_SECONDS = 10.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
PHONE_PATH = re.compile(r"/phone/(\d{11})")
ERROR_500 = {
    "Code": "ServiceUnavailable",
    "Message": "The request has failed due to a temporary failure of the server.",
}

log = logging.getLogger("carrier")
Contract = Callable[[Request, Exchange], tuple[Response, Message | None]]


class HangUp(Exception):
    """The connection is to be closed without an answer."""


def html(body: bytes, status: int = 200) -> Response:
    return Response(status, body, "text/html; charset=utf-8")


def is_loopback(host: str) -> bool:
    """Whether a ``Host`` header names this machine."""
    try:
        return urlsplit(f"//{host}").hostname in LOOPBACK
    except ValueError:
        return False


def is_own_page(request: Request) -> bool:
    """Whether a POST comes from our own page, or from a program that is no browser and so sends neither header."""
    origin, site = request.header("origin"), request.header("sec-fetch-site")
    return origin in {"", f"http://{request.header('host')}"} and site in {"", "same-origin", "none"}


class Desk:
    """Answers one request after the other; ``stopping`` ends what waits."""

    def __init__(self, exchange: Exchange, stopping: Event) -> None:
        self.exchange, self.store, self.stopping = exchange, exchange.store, stopping

    def answer(self, request: Request) -> tuple[str, Response]:
        """The route's name, for the log, and the answer. Raises ``HangUp``."""
        if not is_loopback(request.header("host")):
            return "foreign", Response(421, b"This is not the host you asked for.\n", "text/plain")
        if request.method == "POST" and request.path == "/":
            return "api", self._api(request)
        if request.method == "POST":
            return self._post(request)
        return self._get(request)

    def _get(self, request: Request) -> tuple[str, Response]:
        phone = PHONE_PATH.fullmatch(request.path)
        if phone:
            return "phone", self._phone(phone[1])
        routes: dict[str, Callable[[], Response]] = {
            "/": lambda: html(pages.numbers_page(self.store.latest_by_phone())),
            "/phone.css": lambda: Response(200, pages.STYLE, "text/css; charset=utf-8"),
            "/control/messages": self._messages,
            "/control/faults": lambda: json_response(self.exchange.faults.as_json()),
        }
        if request.path in routes:
            return request.path, routes[request.path]()
        return "unknown", html(pages.problem_page("没有这一页", "There is no such page"), 404)

    def _post(self, request: Request) -> tuple[str, Response]:
        if not is_own_page(request):
            return "foreign", html(pages.problem_page("拒绝来自其他网站的操作", "Refused: sent by another site"), 403)
        phone = PHONE_PATH.fullmatch(request.path)
        if phone:
            return "reply", self._reply(phone[1], request)
        if request.path == "/control/faults":
            return "order", self._order(request)
        return "unknown", html(pages.problem_page("没有这一页", "There is no such page"), 404)

    # The providers' API -------------------------------------------------------------------------------------------
    def _api(self, request: Request) -> Response:
        faults = self.exchange.faults
        if faults.take("down"):
            raise HangUp
        is_send = "SendSms" in {request.header("x-acs-action"), request.header("x-tc-action")}
        if is_send and faults.take("http_500"):
            return json_response(ERROR_500, 500)
        contract: Contract = tencent.answer if "x-tc-action" in request.headers else aliyun.answer
        response, accepted = contract(request, self.exchange)
        if accepted:
            self._after_accepting()
        return response

    def _after_accepting(self) -> None:
        if self.exchange.faults.take("drop_connection_after_accept"):
            raise HangUp
        if self.exchange.faults.take("accept_but_answer_late"):
            self.stopping.wait(self.exchange.faults.late_seconds)

    # Phones -------------------------------------------------------------------------------------------------------
    def _phone(self, phone: str, problem: str = "", typed: str = "", status: int = 200) -> Response:
        messages = self.store.messages_of(phone)
        if not messages:
            return html(pages.problem_page("这部手机没有短信", "This phone has no message"), 404)
        own = {message.id for message in messages}
        replies = [reply for reply in self.store.replies() if reply.message in own]
        pushes = [push for push in self.store.pushes() if push.message in own]
        now = self.exchange.clock()
        return html(pages.phone_page(messages, replies, pushes, now, problem=problem, typed=typed), status)

    def _reply(self, phone: str, request: Request) -> Response:
        form = dict(parse_qsl(request.body.decode(errors="replace"), keep_blank_values=True))
        text = form.get("text", "").replace("\r\n", "\n")
        answered = [message for message in self.store.messages_of(phone) if str(message.id) == form.get("message")]
        if not answered:
            return html(pages.problem_page("要回复的短信不在了", "The message to reply to is gone"), 404)
        if not text.strip() or len(text) > pages.TEXT_LENGTH:
            problem = pages.both("请输入 1 至 500 个字。", "Write 1 to 500 characters.")
            return self._phone(phone, problem, text, 422)
        self.exchange.reply(answered[0], text)
        return Response(303, b"", "text/plain", {"Location": f"/phone/{phone}"})

    # Orders and what tests want to know ---------------------------------------------------------------------------
    def _order(self, request: Request) -> Response:
        try:
            self.exchange.faults.order(order_read(json.loads(request.body)))
        except (BadOrder, ValueError, RecursionError) as error:
            return json_response({"error": str(error)}, 400)
        return json_response(self.exchange.faults.as_json())

    def _messages(self) -> Response:
        return json_response(
            {
                "messages": [vars(message) for message in self.store.messages()],
                "replies": [vars(reply) for reply in self.store.replies()],
                "pushes": [vars(push) for push in self.store.pushes()],
            }
        )


class CarrierServer(ThreadingHTTPServer):
    """Listens on 127.0.0.1 alone."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, desk: Desk) -> None:
        self.desk = desk
        super().__init__(("127.0.0.1", port), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away is no error; a mistake of ours is logged without its words, which may quote data."""
        error = sys.exc_info()[1]
        if error and not isinstance(error, OSError):
            log.error("%s\n%s", type(error).__name__, "".join(traceback.format_tb(error.__traceback__)))


class Handler(BaseHTTPRequestHandler):
    """One connection, one request: a kept connection that ends at the wrong moment leaves its caller in doubt."""

    server: CarrierServer
    timeout = IDLE_SECONDS
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "SimulatedCarrier", ""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        self.close_connection = True
        length = self.headers.get("Content-Length", "0")
        if not re.fullmatch(r"[0-9]{1,9}", length) or int(length) > BODY_BYTES:
            self.send_error(413)
            return
        try:
            route, response = self.server.desk.answer(self._request(int(length)))
        except HangUp:
            return
        log.info("%s %s %d", self.command, route, response.status)
        self._send(response)

    def _request(self, length: int) -> Request:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, parts.path, query, headers, self.rfile.read(length))

    def _send(self, response: Response) -> None:
        self.send_response(response.status)
        own = {"Content-Type": response.content_type, "Content-Length": str(len(response.body)), "Connection": "close"}
        for name, value in {**pages.SECURITY_HEADERS, **response.headers, **own}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def log_message(self, *_: object) -> None:
        """The usual line holds the address, and with it phone numbers and texts; ``_serve`` logs the route instead."""
