"""The sixteen digits that are a resident's only key: derived from the form's id, kept as a keyed hash alone."""

import re

from feedback.sealing import keyed_hash

DIGITS = 16
_SEPARATORS = re.compile(r"[\s\-–—·.]+")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")


def client_key(client_id: str) -> bytes:
    """What is stored of a form's id: 32 bytes from which neither the id nor the receipt can be had."""
    return keyed_hash("client", client_id)


def receipt_for(client_id: str, attempt: int = 0) -> str:
    """The receipt of a form: the same id gives the same sixteen digits, so a replay is answered like the first time.

    ``attempt`` counts past a receipt that another form already has (one in 10^16).
    """
    number = int.from_bytes(keyed_hash("receipt", f"{client_id}|{attempt}"), "big") % 10**DIGITS
    return f"{number:0{DIGITS}d}"


def receipt_digest(receipt: str) -> bytes:
    """The keyed hash under which a receipt is found."""
    return keyed_hash("digest", receipt)


def receipt_groups(receipt: str) -> str:
    """``1234 5678 9012 3456``, as people read it out."""
    return " ".join(receipt[start : start + 4] for start in range(0, DIGITS, 4))


def receipt_parse(text: str) -> str | None:
    """The sixteen digits in what somebody typed (spaces, hyphens, full-width digits), or ``None``."""
    digits = _SEPARATORS.sub("", text.translate(_FULL_WIDTH))
    return digits if re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits) else None
