"""Residents who keep sending while something breaks."""

import json
import threading
import time
import uuid
from dataclasses import dataclass, field

from tests.support.stack import Answer, PortalStack

# Between two forms of one resident: faults need traffic under way, not a machine that does nothing else.
PAUSE_SECONDS = 0.1
TEXT = "学校门口放学时两边停满了车，孩子只能走机动车道"


def submit(stack: PortalStack, client_id: str, content: str = TEXT) -> Answer:
    """One form through the API."""
    form = {"client_id": client_id, "point_code": "NOPOINT1", "kind": "complaint", "content": content}
    return stack.ask("/api/v1/feedback/", body=json.dumps(form).encode(), Content_Type="application/json")


@dataclass
class Residents:
    """Threads that send form after form; ``answers`` maps each form's id to the statuses it got, in order."""

    stack: PortalStack
    count: int = 4
    answers: dict[str, list[int]] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> "Residents":
        self._threads = [threading.Thread(target=self._send, daemon=True) for _ in range(self.count)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)

    def _send(self) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            client_id = str(uuid.uuid4())
            self.answers[client_id] = [submit(self.stack, client_id).status]

    @property
    def accepted(self) -> list[str]:
        """The forms that were answered with 201 at last."""
        return [client_id for client_id, statuses in list(self.answers.items()) if statuses[-1] == 201]

    def statuses(self) -> set[int]:
        return {status for statuses in list(self.answers.values()) for status in statuses}


def wait_until(stack: PortalStack, statement: str, wanted: object, seconds: float) -> object:
    """Ask the database until it answers ``wanted``; returns the last answer."""
    until = time.monotonic() + seconds
    while (found := stack.rows(statement)[0][0]) != wanted and time.monotonic() < until:
        time.sleep(0.2)
    return found
