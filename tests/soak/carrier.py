"""The simulated carrier on the soak's clock: ``python -m tests.soak.carrier``, else the program as it is."""

import os
from functools import partial
from pathlib import Path

from followup.carrier import __main__ as carrier
from followup.carrier import pushing
from followup.carrier.exchange import Exchange
from tests.soak.clock import VARIABLE, SharedClock

# Days pass in a moment here: the pusher must not sleep through them, and nothing may be forgotten before the end.
NAP = 0.1
KEPT = 100 * 365 * 86400.0
# A receipt that is a second late is hours late here: the portal has asked by then, and a day may have passed.
USUAL, LATER = 1.0, 3 * 3600.0


class LateExchange(Exchange):
    """An exchange whose late and overtaken receipts take hours."""

    def _travel_seconds(self) -> float:
        seconds = super()._travel_seconds()
        return seconds if seconds < USUAL else seconds * LATER


if __name__ == "__main__":
    clock = SharedClock(Path(os.environ[VARIABLE]))
    pushing.LONGEST_NAP, pushing.KEPT_SECONDS = NAP, KEPT
    vars(carrier)["Exchange"] = partial(LateExchange, clock=clock.seconds)
    carrier.main()
