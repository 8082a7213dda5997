"""What happened in a soak: counted, and what should never have happened kept in full."""

import threading
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404

from feedback.openings.services import OpeningRefused
from feedback.queue.services import DecisionRefused
from followup.notices.moving import NoticeRefused
from followup.surveys.hearing import FollowUpRefused
from measures.services import MatterRefused

REFUSALS = (
    MatterRefused, NoticeRefused, FollowUpRefused, OpeningRefused, DecisionRefused, PermissionDenied, Http404,
)  # fmt: skip
# What psycopg2 says when the backend of a connection was terminated; anything else of the database is a fault of ours.
_CUT = ("terminating connection", "server closed the connection", "connection already closed", "cursor already closed")
UNEXPECTED_KEPT = 50


def is_cut(error: BaseException) -> bool:
    """Whether this is a connection that was cut on purpose."""
    return isinstance(error, OperationalError | InterfaceError) and any(words in str(error) for words in _CUT)


def is_late(error: BaseException) -> bool:
    """Whether somebody else kept a row for longer than the portal waits, as on an overloaded machine."""
    return isinstance(error, OperationalError) and "lock timeout" in str(error)


class Diary:
    """Counters by name; any thread may write."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        self.late: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.unexpected: list[str] = []

    def count(self, counter: Counter[str], name: str, number: int = 1) -> None:
        with self._lock:
            counter[name] += number

    def fault(self, name: str) -> None:
        """One fault was made."""
        self.count(self.faults, name)

    def surprise(self, text: str) -> None:
        """Something happened that must not: told at once, and at the end."""
        print(f"SURPRISE {text}", flush=True)
        with self._lock:
            if len(self.unexpected) < UNEXPECTED_KEPT:
                self.unexpected.append(text)

    @contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Note what comes of an act: done, refused, cut off by a fault, given up for its wait, or unexpected."""
        try:
            yield
        except REFUSALS as refused:
            self.count(self.refused, f"{name}: {type(refused).__name__}")
        except Exception as error:  # noqa: BLE001 (whatever it is, the soak goes on and tells of it at the end)
            if is_cut(error):
                self.count(self.cut, name)
            elif is_late(error):
                self.count(self.late, name)
            else:
                self.surprise(f"{name}: {traceback.format_exc(limit=-6)}")
        else:
            self.count(self.done, name)
