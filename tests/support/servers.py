"""One PostgreSQL and one Valkey for a whole test run, and one database in it for each test process.

The first process starts the servers and fills the template database; each process that runs tests clones it when
its first test touches the database. The servers end with the process that started them, whatever ends it.
"""

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg2
from psycopg2 import sql

from opinion_portal.startup import processes
from opinion_portal.startup.embedded import Servers, servers_for, stop_all
from opinion_portal.startup.places import CHECKOUT, data_folder
from opinion_portal.startup.postgres import DATABASE, NOT_DURABLE, ROLE
from opinion_portal.startup.valkey import Valkey

FOLDER_VARIABLE = "PORTAL_TEST_SERVERS"
TEMPLATE = "template_portal"
PREPARED = "prepared"
# The first logins of every whole portal, as `manage.py first_logins` prints them.
LOGINS = "logins_of_the_tests.json"
PREFIX = "opinion-portal-test-"
READY_SECONDS = 120
MEMORY = Path("/dev/shm")
ROOM_BYTES = 2 * 2**30
PUBLIC_BASE_URL = "http://127.0.0.1:8000"
REQUIRED = ("SECRET_KEY", "RECEIPT_KEY", "SEALING_KEYS", "PUBLIC_BASE_URL", "DATABASE_URL", "REDIS_URL")
# Set in a developer's shell, they would make the tests something else than what everybody runs.
OPTIONAL = (
    "ALERT_WITHIN_DAYS",
    "ALLOWED_HOSTS", "BEHIND_PROXY", "DATA_DIR", "HOST", "LOG_LEVEL", "NOTICE_FONTS", "PORT", "SESSION_IDLE_SECONDS",
    "SMS_PROVIDER", "SMS_HOURS", "SMS_DUTY_HOURS", "SMS_TEMPLATES", "SMS_WEBHOOK_TOKEN",
    "SMS_CONNECT_SECONDS", "SMS_READ_SECONDS",
    "SMS_CARRIER_URL", "SMS_CARRIER_KEY_ID", "SMS_CARRIER_KEY_SECRET",
    "SMS_ALIYUN_ACCESS_KEY_ID", "SMS_ALIYUN_ACCESS_KEY_SECRET", "SMS_ALIYUN_ENDPOINT", "SMS_ALIYUN_PROTOCOL",
    "SMS_TENCENT_SECRET_ID", "SMS_TENCENT_SECRET_KEY", "SMS_TENCENT_APP_ID", "SMS_TENCENT_REGION",
    "SMS_TENCENT_ENDPOINT", "SMS_TENCENT_PROTOCOL",
)  # fmt: skip
# Nobody listens there: a test that wants its messages carried starts a carrier and names it.
NO_CARRIER = "http://127.0.0.1:9"


def folder_make(*, in_memory: bool = True) -> Path:
    """A temporary data folder that PostgreSQL's own user can pass through when the tests run as root.

    In memory where there is room: a database is cloned there in a twentieth of the time.
    """
    roomy = in_memory and MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM_BYTES
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=MEMORY if roomy else None))
    folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
    return folder


def folder_remove(folder: Path) -> None:
    """Remove the data folder of stopped servers, with what lies outside it."""
    pointer = folder / "postgres.location"
    if pointer.exists():
        shutil.rmtree(pointer.read_text().strip(), ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def _leftovers_remove() -> None:
    """Free the memory of runs that were killed before they could."""
    for place in (MEMORY, Path(tempfile.gettempdir())):
        for folder in place.glob(f"{PREFIX}*-*"):
            pid = folder.name.removeprefix(PREFIX).partition("-")[0]
            if pid.isdigit() and not processes.is_running(int(pid)):
                folder_remove(folder)


def environment_clear() -> None:
    """Forget every variable of the portal, whoever set it."""
    for name in (*REQUIRED, *OPTIONAL):
        os.environ.pop(name, None)
        os.environ.pop(f"{name}_FILE", None)


@contextmanager
def environment_kept() -> Iterator[None]:
    """Give ``os.environ`` back as it was."""
    before = dict(os.environ)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def quick_servers(folder: Path) -> Servers:
    """The embedded servers of ``folder``, without waiting for the disk: nobody needs the data after the run."""
    environment_clear()
    return servers_for(data_folder(folder), postgres_settings=NOT_DURABLE)


def servers_start(servers: Servers) -> None:
    """Start them; they end with this process."""
    for server in servers.all():
        server.prepare()
        server.start()


@cache
def session_servers() -> Servers:
    """The servers of this test run, in whichever of its processes one asks."""
    return quick_servers(Path(os.environ[FOLDER_VARIABLE]))


def session_plan() -> None:
    """Choose the folder and the ports of this run: its environment is known before anything runs."""
    _leftovers_remove()
    os.environ[FOLDER_VARIABLE] = str(folder_make())
    atexit.register(folder_remove, session_servers().data.path)
    for server in session_servers().all():
        if isinstance(server, Valkey):
            server.prepare()


def session_start() -> None:
    """Start the run's servers and prepare, once, what every test process clones and every portal copies."""
    try:
        servers_start(session_servers())
        prepare(process_environment(DATABASE, 0))
        session_stop()
        _prepared_keep(session_servers())
        servers_start(session_servers())
        _ready().touch()
    except BaseException:
        session_stop()
        raise


def session_wait() -> None:
    """Wait for the first process to have everything ready; it ends this one when it fails."""
    if not processes.until(_ready().exists, READY_SECONDS):
        raise RuntimeError(f"The tests' servers were not ready within {READY_SECONDS} s.")


def _ready() -> Path:
    return session_servers().data.path / "ready"


def _prepared_keep(servers: Servers) -> None:
    """Copy what the stopped servers have stored; each further copy looks for a port of its own."""
    assert servers.valkey
    folder = servers.data.path
    parts = [str(part) for part in folder.iterdir()]
    (folder / PREPARED).mkdir()
    (folder / PREPARED).chmod(folder.stat().st_mode)
    subprocess.run(["cp", "-a", *parts, str(folder / PREPARED)], check=True)
    (folder / PREPARED / servers.valkey.configuration.relative_to(folder)).unlink()


def session_stop() -> None:
    """Stop the run's servers."""
    stop_all(session_servers())


def prepare(environment: dict[str, str]) -> None:
    """Assets, migrations, reference data, the template and first logins, in a process of their own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.prepare"],
        env=os.environ | environment, cwd=CHECKOUT, text=True, capture_output=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise RuntimeError(f"The tests' database could not be prepared:\n{done.stdout}{done.stderr}")


def process_environment(database: str, valkey_number: int) -> dict[str, str]:
    """What the settings read, for one test process with its own database and its own numbered Valkey database."""
    servers = session_servers()
    assert servers.postgres
    assert servers.valkey
    return servers.environment() | {
        "DJANGO_SETTINGS_MODULE": "opinion_portal.settings",
        "PUBLIC_BASE_URL": PUBLIC_BASE_URL,
        "DATABASE_URL": servers.postgres.url(database),
        "REDIS_URL": servers.valkey.url(valkey_number),
        "SMS_CARRIER_URL": NO_CARRIER,
    }


def database_clone(name: str, template: str) -> None:
    """Make database ``name`` as a copy of ``template``, in place of one of that name."""
    postgres = session_servers().postgres
    assert postgres
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template), "role": sql.Identifier(ROLE)}
    connection = psycopg2.connect(postgres.url(DATABASE))
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {name} WITH (FORCE)").format(**names))
            # Its files are copied as they are: to write each page into the log as well takes half as long again.
            made = "CREATE DATABASE {name} OWNER {role} TEMPLATE {template} STRATEGY FILE_COPY"
            cursor.execute(sql.SQL(made).format(**names))
    finally:
        connection.close()
