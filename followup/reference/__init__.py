"""The SMS texts, and what leads to an interview notice.

No case content, name or unit stands in an SMS text: a locked screen shows it to anybody.
"""

from followup.models import NoticeIssuer, NoticeRule, SmsText
from opinion_portal.reference import Counts, add_missing, table


def reference_load() -> Counts:
    """Add the missing texts, issuers and rules of the tables beside this file; say how many of each."""
    return {
        "sms_text": len(
            add_missing(SmsText.objects, "code", (SmsText(**row) for row in table(__file__, "sms_texts.csv")))
        ),
        "notice_issuer": _issuers_add(),
        "notice_rule": len(add_missing(NoticeRule.objects, "code", map(_rule, table(__file__, "notice_rules.csv")))),
    }


def _issuers_add() -> int:
    if NoticeIssuer.objects.exists():
        # One issuer is in use; another one beside it is for the bureau to choose.
        return 0
    return len(NoticeIssuer.objects.bulk_create(NoticeIssuer(**row) for row in table(__file__, "notice_issuers.csv")))


def _rule(row: dict[str, str]) -> NoticeRule:
    """An empty cell asks nothing."""
    numbers = {name: row[name] or None for name in ("amount", "floor", "minimum", "window_days")}
    return NoticeRule(**row | numbers | {"is_active": row["is_active"] == "1"})
