"""What the carrier remembers, in one SQLite file: messages, replies, what is to be pushed, and the faults ordered.

One connection behind one lock: a simulated carrier is never busy. A commit survives kill -9 of the program.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, contract TEXT NOT NULL, key TEXT NOT NULL, provider_id TEXT NOT NULL UNIQUE,
    phone TEXT NOT NULL, signature TEXT NOT NULL, template TEXT NOT NULL, text TEXT NOT NULL,
    extension TEXT NOT NULL, accepted_at REAL NOT NULL, reported_at REAL NOT NULL, is_delivered INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS message_phone ON message (phone, accepted_at);
CREATE TABLE IF NOT EXISTS reply (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    text TEXT NOT NULL, written_at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS push (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, reply INTEGER,
    kind TEXT NOT NULL, contract TEXT NOT NULL, body TEXT NOT NULL, due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, state TEXT NOT NULL DEFAULT 'waiting', status INTEGER
);
CREATE INDEX IF NOT EXISTS push_due ON push (due_at) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS fault (name TEXT PRIMARY KEY, probability REAL, remaining INTEGER, drawn INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Message:
    """One accepted message. Times are seconds since 1970; ``reported_at`` is when its receipt becomes known."""

    contract: str
    key: str
    provider_id: str
    phone: str
    signature: str
    template: str
    text: str
    extension: str
    accepted_at: float
    reported_at: float
    is_delivered: bool
    id: int = 0

    def is_reported(self, now: float) -> bool:
        return now >= self.reported_at


@dataclass(frozen=True)
class Reply:
    id: int
    message: int
    text: str
    written_at: float


@dataclass(frozen=True)
class Push:
    """One thing to tell the portal. ``kind`` is ``report`` or ``reply``; ``state`` waiting, done or gave_up."""

    message: int
    reply: int | None
    kind: str
    contract: str
    body: str
    due_at: float
    id: int = 0
    attempts: int = 0
    state: str = "waiting"
    status: int | None = None


class Store:
    """Every method is one transaction."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._lock = threading.RLock()
        self._connection = sqlite3.connect(folder / "carrier.sqlite3", check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(SCHEMA)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, and nobody in between."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _write(self, query: str, *values: object) -> int:
        """Run one statement; the id of the row it inserted."""
        with self._lock:
            return self._connection.execute(query, values).lastrowid or 0

    def _insert(self, table: str, values: Mapping[str, object]) -> int:
        names = ", ".join(values)
        places = ", ".join("?" * len(values))
        return self._write(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())  # noqa: S608 (our names)

    # Messages and replies -----------------------------------------------------------------------------------------
    def message_add(self, message: Message) -> int:
        return self._insert("message", {name: value for name, value in vars(message).items() if name != "id"})

    def messages(self) -> list[Message]:
        """All, in the order of their acceptance."""
        return [_message(row) for row in self._rows("SELECT * FROM message ORDER BY id")]

    def messages_of(self, phone: str, since: float = 0, until: float = 1e12) -> list[Message]:
        query = "SELECT * FROM message WHERE phone = ? AND accepted_at >= ? AND accepted_at < ? ORDER BY id"
        return [_message(row) for row in self._rows(query, phone, since, until)]

    def latest_by_phone(self) -> list[Message]:
        """The newest message of every number, newest first."""
        query = "SELECT * FROM message WHERE id IN (SELECT max(id) FROM message GROUP BY phone) ORDER BY id DESC"
        return [_message(row) for row in self._rows(query)]

    def reply_add(self, message: int, text: str, written_at: float) -> int:
        return self._insert("reply", {"message": message, "text": text, "written_at": written_at})

    def replies(self) -> list[Reply]:
        return [Reply(**row) for row in self._rows("SELECT * FROM reply ORDER BY id")]

    def forget_before(self, moment: float) -> None:
        """Messages with their replies and pushes, as a provider forgets them: they hold people's numbers."""
        self._write("DELETE FROM message WHERE accepted_at < ?", moment)

    # Pushes -------------------------------------------------------------------------------------------------------
    def push_add(self, push: Push) -> int:
        return self._insert("push", {name: value for name, value in vars(push).items() if name != "id"})

    def pushes(self) -> list[Push]:
        return [Push(**row) for row in self._rows("SELECT * FROM push ORDER BY id")]

    def push_next(self) -> Push | None:
        """The one that is due first, perhaps only later."""
        rows = self._rows("SELECT * FROM push WHERE state = 'waiting' ORDER BY due_at, id LIMIT 1")
        return Push(**rows[0]) if rows else None

    def push_attempted(self, push: int, *, state: str, status: int | None, due_at: float) -> None:
        self._write(
            "UPDATE push SET attempts = attempts + 1, state = ?, status = ?, due_at = ? WHERE id = ?",
            state, status, due_at, push,
        )  # fmt: skip

    # Faults -------------------------------------------------------------------------------------------------------
    def faults(self) -> dict[str, tuple[float | None, int | None, int]]:
        """``{name: (probability, how many still, how many draws so far)}``."""
        rows = self._rows("SELECT * FROM fault")
        return {row["name"]: (row["probability"], row["remaining"], row["drawn"]) for row in rows}

    def fault_drawn(self, name: str, remaining: int | None) -> None:
        self._write("UPDATE fault SET remaining = ?, drawn = drawn + 1 WHERE name = ?", remaining, name)

    def faults_replace(self, faults: dict[str, tuple[float | None, int | None]], settings: dict[str, str]) -> None:
        with self.transaction():
            self._write("DELETE FROM fault")
            self._write("DELETE FROM setting")
            for name, (probability, remaining) in faults.items():
                values = {"name": name, "probability": probability, "remaining": remaining, "drawn": 0}
                self._insert("fault", values)
            for name, value in settings.items():
                self._insert("setting", {"name": name, "value": value})

    def settings(self) -> dict[str, str]:
        return {row["name"]: row["value"] for row in self._rows("SELECT * FROM setting")}


def _message(row: sqlite3.Row) -> Message:
    return Message(**{**row, "is_delivered": bool(row["is_delivered"])})
