"""Every write about interview notices, by one door. What a move may do stands in ``moves.py``."""

from followup.notices.appeals import appeal_decide, notice_appeal
from followup.notices.drafting import (
    Draft,
    notice_cancel,
    notice_draft,
    notice_edit,
    notice_review,
    notice_send_back,
)
from followup.notices.hearing import (
    Receipt,
    Record,
    notice_hold,
    notice_plan,
    notice_recheck,
    notice_report,
    notice_serve,
    notice_sign_for,
)
from followup.notices.issuing import notice_sign, notice_void
from followup.notices.moving import MovedMeanwhile, NoticeRefused
from followup.notices.proposing import notices_propose
from followup.notices.reading import attachment_read, document_read
from followup.notices.reminding import units_remind
from followup.notices.returning import paper_send_back

__all__ = [
    "Draft",
    "MovedMeanwhile",
    "NoticeRefused",
    "Receipt",
    "Record",
    "appeal_decide",
    "attachment_read",
    "document_read",
    "notice_appeal",
    "notice_cancel",
    "notice_draft",
    "notice_edit",
    "notice_hold",
    "notice_plan",
    "notice_recheck",
    "notice_report",
    "notice_review",
    "notice_send_back",
    "notice_serve",
    "notice_sign",
    "notice_sign_for",
    "notice_void",
    "notices_propose",
    "paper_send_back",
    "units_remind",
]
