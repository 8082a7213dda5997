"""Django's PostgreSQL backend, which asks a connection whether it is alive only when it has rested."""

import time

from django.db.backends.postgresql import base

# Django asks before the first statement of every request, which costs a submission a round trip. A connection that
# was used within this time (seconds) is trusted instead: should the server have restarted within it, that one request
# answers with the page for an absent store, and its connection is dropped.
RESTED = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """See the module's text."""

    _used_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        """Ask a connection that has rested; close it when it does not answer."""
        now = time.monotonic()
        if now - self._used_at < RESTED:
            self.health_check_done = True
        super().close_if_health_check_failed()
        self._used_at = now
