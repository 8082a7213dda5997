"""The three papers of an interview as PDF, set in the layout of GB/T 9704-2012."""

from collections.abc import Sequence
from datetime import date

from followup.notices.documents.content import InterviewRecord, NoticeContent, ReceiptSlip
from followup.notices.documents.fonts import NoticeFonts
from followup.notices.documents.form_pages import RECORD_TITLE, SLIP_TITLE, record_pages, slip_pages
from followup.notices.documents.notice_pages import UNNUMBERED, notice_pages
from followup.notices.documents.pages import Mark
from followup.notices.documents.paint import About, painted
from followup.notices.documents.typeset import Setter
from followup.notices.documents.words import clean

# A paper without a day of its own must not carry the day of its printing: the same content gives the same bytes.
_UNDATED = date(2000, 1, 1)


def notice_pdf(content: NoticeContent, fonts: NoticeFonts) -> bytes:
    """The interview notice; the same content and fonts always give the same bytes."""
    title = f"{clean(content.title)} {content.number_text or UNNUMBERED}"
    made_on = content.issued_on if content.issued_on and not content.is_draft else _UNDATED
    return _pdf(notice_pages(content, Setter(fonts)), fonts, About(title, clean(content.issuer), made_on))


def slip_pdf(slip: ReceiptSlip, fonts: NoticeFonts) -> bytes:
    """The receipt slip; what is not known yet is left to be filled in by hand."""
    made_on = slip.served_at.date() if slip.served_at else _UNDATED
    about = About(f"{SLIP_TITLE} {clean(slip.number)}", clean(slip.issuer), made_on)
    return _pdf(slip_pages(slip, Setter(fonts)), fonts, about)


def record_pdf(record: InterviewRecord, fonts: NoticeFonts) -> bytes:
    """The record of the interview, to be signed by both sides."""
    about = About(f"{RECORD_TITLE} {clean(record.number)}", clean(record.issuer), record.began_at.date())
    return _pdf(record_pages(record, Setter(fonts)), fonts, about)


def _pdf(pages: Sequence[Sequence[Mark]], fonts: NoticeFonts, about: About) -> bytes:
    return painted(pages, about, thin=set(fonts.spare))
