"""Logins that last as long as somebody acts, without a write for every page that is looked at."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db

from opinion_portal import clock

# A login may end by this part of its idle time early: a minute of thirty.
_SPARED = 1 / 30


class SessionStore(db.SessionStore):
    """Django's sessions in the database; this one knows when it will end if nothing is stored."""

    _ends_at: datetime | None = None

    def _get_session_from_db(self) -> Any:
        found = super()._get_session_from_db()  # type: ignore[misc]  # the stubs leave it out
        self._ends_at = found.expire_date if found else None
        return found

    def keep_alive(self) -> None:
        """Have the end moved on with this request, unless that was done within the last minute."""
        if not self.get(SESSION_KEY) or self._ends_at is None:
            return
        if self._ends_at - clock.now() < timedelta(seconds=settings.SESSION_COOKIE_AGE * (1 - _SPARED)):
            self.modified = True
