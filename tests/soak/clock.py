"""One clock for all processes of a soak: the real one, moved by an offset that stands in a small file.

Portal, database and carrier play in the same time, and days pass when the driver moves the offset; it does so only
while no worker is at its work, for no worker of a real portal sees a day pass between a claim and its sending.
"""

import mmap
import struct
import time
from datetime import UTC, datetime
from pathlib import Path

VARIABLE = "SOAK_CLOCK"
_AHEAD = struct.Struct("d")


class SharedClock:
    """The clock in the file ``path``, which is made where it is missing."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_AHEAD.pack(0.0))
        self.path = path
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _AHEAD.size)

    @property
    def ahead(self) -> float:
        """By how many seconds this clock is ahead of the real one; negative where it is behind."""
        ahead: float = _AHEAD.unpack_from(self._memory)[0]
        return ahead

    def seconds(self) -> float:
        """Seconds since 1970, as ``time.time`` gives them."""
        return time.time() + self.ahead

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def go(self, moment: datetime) -> None:
        """Let it be ``moment``, or go on where that has passed already."""
        ahead = max(moment.timestamp() - time.time(), self.ahead)
        _AHEAD.pack_into(self._memory, 0, ahead)

    def set_back(self, seconds: float) -> None:
        """What has passed comes once more, as on a machine whose clock was ahead and is corrected."""
        _AHEAD.pack_into(self._memory, 0, self.ahead - seconds)

    def start(self, moment: datetime) -> None:
        """Let it be ``moment`` before anything has happened."""
        _AHEAD.pack_into(self._memory, 0, moment.timestamp() - time.time())
