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

if __name__ == "__main__":
    clock = SharedClock(Path(os.environ[VARIABLE]))
    pushing.LONGEST_NAP, pushing.KEPT_SECONDS = NAP, KEPT
    vars(carrier)["Exchange"] = partial(Exchange, clock=clock.seconds)
    carrier.main()
