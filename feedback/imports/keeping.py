"""An uploaded file between its preview and its import: letters and phone numbers, so it waits encrypted.

The key is the one that seals contacts; it lives outside the database. Pure functions over the settings' keys.
"""

import secrets
import zlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_NONCE = 12


def file_seal(data: bytes, *, digest: str) -> bytes:
    """Compress and encrypt ``data`` (AES-256-GCM); ``digest`` ties it to its row. Layout: key id, 0, nonce, text."""
    key_id, key = next(iter(settings.SEALING_KEYS.items()))
    nonce = secrets.token_bytes(_NONCE)
    return key_id.encode() + b"\0" + nonce + AESGCM(key).encrypt(nonce, zlib.compress(data, 1), digest.encode())


def file_open(sealed: bytes, *, digest: str) -> bytes:
    """The file again. Raises ``KeyError`` for an unknown key, ``InvalidTag`` when the record was altered."""
    key_id, _, rest = sealed.partition(b"\0")
    key = settings.SEALING_KEYS[key_id.decode()]
    return zlib.decompress(AESGCM(key).decrypt(rest[:_NONCE], rest[_NONCE:], digest.encode()))
