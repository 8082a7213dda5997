"""``manage.py first_logins``: one account for each post, made at the first run."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction

from accounts.models import Officer, Role, Unit
from accounts.services import SYSTEM, officer_create
from opinion_portal.files import private_write

# Post, account, name, unit. The names say that they are examples (示例).
FIRST = [
    (Role.STATION_OFFICER, "minjing", "示例民警", "station-huangcheng"),
    (Role.UNIT_HEAD, "suozhang", "示例所长", "station-huangcheng"),
    (Role.CENTRE, "zhongxin", "示例民意专员", "centre"),
    (Role.DISCIPLINE, "jijian", "示例纪检民警", "discipline"),
    (Role.CUSTODIAN, "baoguan", "示例身份保管员", "legal"),
    (Role.LEADER, "lingdao", "示例局领导", "bureau"),
    (Role.SYSTEM_ADMIN, "xitong", "示例系统管理员", "bureau"),
    (Role.SECURITY_ADMIN, "anquan", "示例安全管理员", "bureau"),
    (Role.AUDIT_ADMIN, "shenji", "示例审计管理员", "bureau"),
]
_LOCK = 21010302
Logins = list[dict[str, str]]


class Command(BaseCommand):
    """Print a JSON list of the accounts with their first passwords; ``[]`` once they are there."""

    help = "Makes one account for each post at the first run and prints their first passwords as JSON, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--keep",
            type=Path,
            metavar="FILE",
            help="make FILE with them, and print them again until somebody who has read them removes it",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stdout.write(json.dumps(_accounts_make(options["keep"])))


@transaction.atomic
def _accounts_make(keep: Path | None) -> Logins:
    with connection.cursor() as cursor:
        # Two starts at once: the second waits and then finds the accounts.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    if Officer.objects.filter(username__in=[account for _role, account, _name, _unit in FIRST]).exists():
        return _kept(keep)
    units = {unit.code: unit for unit in Unit.objects.all()}
    if missing := {unit for _role, _account, _name, unit in FIRST} - units.keys():
        raise CommandError(f"Units are missing: {', '.join(sorted(missing))}. Run load_reference first.")
    made = [_account_make(role, username, name, units[unit]) for role, username, name, unit in FIRST]
    if keep:
        # Before the accounts are stored: whatever is killed now, no stored password is unknown.
        private_write(keep, json.dumps(made))
    return made


def _account_make(role: Role, username: str, name: str, unit: Unit) -> dict[str, str]:
    _officer, password = officer_create(username=username, name=name, unit=unit, role=role, actor=SYSTEM)
    return {"role": role.value, "role_name": str(role.label), "username": username, "password": password, "name": name}


def _kept(keep: Path | None) -> Logins:
    """What an earlier run made and nobody has read, without passwords that open nothing any more."""
    if keep is None or not keep.exists():
        return []
    return [login for login in json.loads(keep.read_text()) if _opens(login)]


def _opens(login: dict[str, str]) -> bool:
    officer = Officer.objects.get(username=login["username"])
    return officer.must_change_password and officer.check_password(login["password"])
