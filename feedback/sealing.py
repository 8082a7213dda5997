"""Sealed identity: contact data is encrypted before it reaches the database; the keys never do.

Pure functions over the keys of the settings. The algorithm's name is stored with each record, so that a deployment
that must use SM4 can add it beside AES-256-GCM and still open what was sealed before.
"""

import hmac
import json
import secrets
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

ALGORITHM = "AES-256-GCM"


@dataclass(frozen=True)
class Sealed:
    """One sealed contact as it is stored."""

    algorithm: str
    key_id: str
    nonce: bytes
    ciphertext: bytes
    lookup: bytes


def contact_seal(phone: str, *, bound_to: bytes) -> Sealed:
    """Encrypt ``phone`` under the current key; it opens only together with ``bound_to``, the key of its row."""
    key_id, key = next(iter(settings.SEALING_KEYS.items()))
    nonce = secrets.token_bytes(12)
    plain = json.dumps({"phone": phone}).encode()
    ciphertext = AESGCM(key).encrypt(nonce, plain, bound_to)
    return Sealed(ALGORITHM, key_id, nonce, ciphertext, phone_lookup(phone))


def contact_open(sealed: Sealed, *, bound_to: bytes) -> str:
    """The phone number inside. Raises ``KeyError`` for an unknown key, ``InvalidTag`` when the record was altered."""
    plain = AESGCM(settings.SEALING_KEYS[sealed.key_id]).decrypt(sealed.nonce, sealed.ciphertext, bound_to)
    return str(json.loads(plain)["phone"])


def phone_lookup(phone: str) -> bytes:
    """A keyed hash of the number: equal numbers can be told, no number can be guessed from the table alone."""
    return keyed_hash("phone", phone)


def keyed_hash(purpose: str, text: str) -> bytes:
    """HMAC-SHA-256 under the receipt key, 32 bytes; ``purpose`` keeps the uses apart."""
    return hmac.digest(settings.RECEIPT_KEY, f"{purpose}|{text}".encode(), "sha256")
