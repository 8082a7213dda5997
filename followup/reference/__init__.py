"""The SMS texts. No case content, name or unit stands in them: a locked screen shows them to anybody."""

from followup.models import SmsText
from opinion_portal.reference import Counts, add_missing, table


def reference_load() -> Counts:
    """Add the missing texts of ``sms_texts.csv``; say how many."""
    return {
        "sms_text": len(
            add_missing(SmsText.objects, "code", (SmsText(**row) for row in table(__file__, "sms_texts.csv")))
        )
    }
