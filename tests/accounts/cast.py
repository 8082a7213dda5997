"""The cast of the accounts' tests: officers with a known password, screens in English."""

from typing import Any

from django.test import Client

from accounts.models import AuditEvent, Officer, Role, Unit

PASSWORD = "Quiet-River-27"


def officer(role: Role = Role.STATION_OFFICER, username: str = "wang", *, first: bool = False) -> Officer:
    """An account of ``role`` whose password is ``PASSWORD``; ``first`` when it still has to be changed."""
    made = Officer(username=username, name=f"Officer {username}", role=role, must_change_password=first)
    made.unit = Unit.objects.get(code="station-huangcheng")
    made.set_password(PASSWORD)
    made.save()
    return made


def screen(who: Officer | None = None) -> Client:
    """A browser in English; with ``who`` logged in."""
    client = Client()
    if who:
        client.force_login(who)
    client.cookies["office_language"] = "en"
    return client


def log_in(client: Client, username: str = "wang", password: str = PASSWORD, **fields: str) -> Any:
    """Send the login form."""
    return client.post("/office/login/", {"username": username, "password": password, **fields})


def acts(action: str) -> list[AuditEvent]:
    """What the audit log has of ``action``, oldest first."""
    return list(AuditEvent.objects.filter(action=action).order_by("id"))
