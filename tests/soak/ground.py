"""What a soak stands on: a database of its own, the portal's settings, one clock under all of it."""

import os
import socket
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg2
from django.utils import timezone
from psycopg2 import sql

from opinion_portal.startup import processes
from tests.followup.carriers import CarrierProgram, provider_config
from tests.soak.clock import VARIABLE, SharedClock
from tests.support import servers

DATABASE = f"soak_{os.getpid()}"
# The last of the test servers' numbered databases: no test process uses it.
VALKEY_NUMBER = 63
WEBHOOK_TOKEN = "soak-webhook-token-0123456789"
READ_SECONDS, LATE_SECONDS = 0.8, 1.0
# The kernel's table of IPv4 connections, and the states in which one may still bring a request.
CONNECTIONS, OPEN = Path("/proc/net/tcp"), {"01", "08"}
# A Monday; the rest days of Qingming (April 4th to 6th) and of May lie in a long soak.
START = datetime(2026, 3, 2, 9, 5, tzinfo=ZoneInfo("Asia/Shanghai"))

# Columns that the database itself dates are dated by the soak's clock too.
DATABASE_CLOCK = """
CREATE TABLE soak_clock (ahead double precision NOT NULL);
INSERT INTO soak_clock VALUES (0);
CREATE FUNCTION soak_now() RETURNS timestamptz LANGUAGE sql STABLE AS
    'SELECT statement_timestamp() + ahead * interval ''1 second'' FROM soak_clock';
DO $$
DECLARE dated record;
BEGIN
    FOR dated IN
        SELECT d.adrelid::regclass AS place, a.attname AS name
        FROM pg_attrdef d JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE pg_get_expr(d.adbin, d.adrelid) ~* 'statement_timestamp|now\\(\\)'
    LOOP
        EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT soak_now()', dated.place, dated.name);
    END LOOP;
END $$;
"""


class Ground:
    """Made before Django is set up: from ``prepare`` on the environment is the soak's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = SharedClock(folder / "clock")
        # Bound here and served by forked processes: while one is dead, whoever knocks waits for the next.
        self.web = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.web_port: int = self.web.getsockname()[1]
        self.carrier = CarrierProgram(
            folder,
            report_url=self._hook("report"),
            reply_url=self._hook("reply"),
            receipt_seconds="0.2",
            retry_seconds=",".join(["0.2", "0.5", "1", "2", *["5"] * 20]),
        )
        self.carrier.command[-1] = "tests.soak.carrier"
        self.carrier.environment[VARIABLE] = str(self.clock.path)

    def _hook(self, name: str) -> str:
        return f"http://127.0.0.1:{self.web_port}/hooks/sms/{WEBHOOK_TOKEN}/{name}/"

    def prepare(self) -> None:
        """The database, the carrier, the environment; the clock shows ``START``."""
        servers.database_clone(DATABASE, servers.TEMPLATE)
        environment = servers.process_environment(DATABASE, VALKEY_NUMBER)
        self.url = environment["DATABASE_URL"]
        self.execute(DATABASE_CLOCK)
        self.clock.start(START)
        self.clock_tell()
        self.carrier.start()
        config = provider_config("simulated", self.carrier.port, SMS_READ_SECONDS=str(READ_SECONDS))
        os.environ.update(environment | config | {"SMS_WEBHOOK_TOKEN": WEBHOOK_TOKEN, "LOG_LEVEL": "WARNING"})
        timezone.now = self.clock.now

    def clock_tell(self) -> None:
        """Tell the database what the clock shows."""
        self.execute("UPDATE soak_clock SET ahead = %s", self.clock.ahead)

    def go(self, moment: datetime) -> None:
        """Let it be ``moment`` everywhere."""
        self.clock.go(moment)
        self.clock_tell()

    def set_back(self, seconds: float) -> None:
        """Let the last ``seconds`` come once more everywhere."""
        self.clock.set_back(seconds)
        self.clock_tell()

    def carrier_settle(self) -> None:
        """Wait until nobody asks the carrier anything: what a killed worker has asked is answered in its own time."""
        processes.until(lambda: not self._is_carrier_asked(), 5)

    def _is_carrier_asked(self) -> bool:
        rows = [line.split() for line in CONNECTIONS.read_text().splitlines()[1:]]
        return any(local.endswith(f":{self.carrier.port:04X}") and state in OPEN for _, local, _, state, *_ in rows)

    def execute(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """One statement on a connection of its own, committed; what it returned."""
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def remove(self) -> None:
        """Stop the carrier and drop the database."""
        self.carrier.stop()
        self.web.close()
        database_drop()


def database_drop() -> None:
    """The soak's database goes, whoever is still connected to it."""
    postgres = servers.session_servers().postgres
    assert postgres
    connection = psycopg2.connect(postgres.url())
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
    finally:
        connection.close()
