"""The weights of the composite as centres publish them; the bureau adds versions of its own."""

from datetime import date
from decimal import Decimal

from insights.models import IndicatorWeights
from opinion_portal.reference import Counts, add_missing, table


def reference_load() -> Counts:
    """Add the missing versions of ``weights.csv``; say how many."""
    rows = (
        IndicatorWeights(
            version=int(row["version"]),
            valid_from=date.fromisoformat(row["valid_from"]),
            response=Decimal(row["response"]),
            solution=Decimal(row["solution"]),
            satisfaction=Decimal(row["satisfaction"]),
            basically=Decimal(row["basically"]),
            source=row["source"],
        )
        for row in table(__file__, "weights.csv")
    )
    return {"weights": len(add_missing(IndicatorWeights.objects, "version", rows))}
