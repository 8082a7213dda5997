"""The codes on posters: eight characters that cannot be guessed and are hard to misread."""

import re
import secrets

# No look-alikes (0/O/D/Q, 1/I/L, 2/Z, 5/S, 8/B, U/V): a code is also typed from a poster. 20^8 = 2.6e10 codes.
ALPHABET = "ACEFGHJKMNPRTWXY3467"
LENGTH = 8


def code_new() -> str:
    """A fresh random code, e.g. ``7KTA3WXC``."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def code_clean(text: str) -> str:
    """The code as stored, from how somebody typed it: ``" 7kta-3wxc "`` gives ``"7KTA3WXC"``."""
    return re.sub(r"[\s\-–—]", "", text).upper()


def code_spaced(code: str) -> str:
    """The code as people read it aloud, in two groups of four: ``"7KTA 3WXC"``."""
    return f"{code[:4]} {code[4:]}".strip()
