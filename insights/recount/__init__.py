"""How the days are counted anew, source by source: which days changed, which there are, and the count itself."""

from insights.recount.loop import LOOP
from insights.recount.source import Source, TallyKey
from insights.recount.voices import VOICES

# A row is in one source only, so the two never count the same.
SOURCES = (VOICES, LOOP)

__all__ = ["SOURCES", "Source", "TallyKey"]
