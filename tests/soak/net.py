"""How residents reach the portal and their phones: over HTTP, again and again where nobody answers."""

import http.client
import json
import time
import urllib.parse
from collections.abc import Callable, Mapping
from typing import TypeVar

from tests.soak.diary import Diary
from tests.soak.ground import Ground

Answer = TypeVar("Answer")
_TRIES, _PAUSE = 12, 0.25


class Net:
    """``portal`` and ``phone`` give an answer's status; 0 where nobody answered at all."""

    def __init__(self, ground: Ground, diary: Diary) -> None:
        self.ground, self.diary = ground, diary

    def form(self, path: str, fields: Mapping[str, str]) -> int:
        """Send a form to the portal; the status."""
        body = urllib.parse.urlencode(fields)
        return self._tried("web request", lambda: self._post(path, body, "application/x-www-form-urlencoded")[0]) or 0

    def json(self, path: str, content: Mapping[str, object]) -> tuple[int, str]:
        """Send JSON to the portal; status and text."""
        body = json.dumps(content)
        return self._tried("web request", lambda: _whole(self._post(path, body, "application/json"))) or (0, "")

    def reply(self, phone: str, message: int, words: str) -> int:
        """Write back to a message; the status of the phone's page, 303 when it has gone."""
        carrier = self.ground.carrier
        form = urllib.parse.urlencode({"text": words, "message": message}).encode()
        headers = {"Origin": carrier.url, "Sec-Fetch-Site": "same-origin"}
        return self._tried("phone", lambda: carrier.ask(f"/phone/{phone}", form, headers)[0]) or 0

    def _post(self, path: str, body: str, media_type: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.ground.web_port, timeout=15)
        try:
            connection.request("POST", path, body.encode(), {"Content-Type": media_type})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def _tried(self, name: str, act: Callable[[], Answer]) -> Answer | None:
        for _ in range(_TRIES):
            try:
                return act()
            except (OSError, http.client.HTTPException):
                self.diary.count(self.diary.cut, name)
                time.sleep(_PAUSE)
        return None


def _whole(answer: tuple[int, str]) -> tuple[int, str]:
    """The answer; one whose sender was killed after the headers is none."""
    if not answer[1]:
        raise http.client.IncompleteRead(b"")
    return answer
