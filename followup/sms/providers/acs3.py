"""Aliyun's request signature ACS3-HMAC-SHA256, as its SDK makes it: the simulated provider signs, the carrier checks.

Source: https://help.aliyun.com/document_detail/2593177.html. The official SDK is tested against this code.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from urllib.parse import quote

ALGORITHM = "ACS3-HMAC-SHA256"
EMPTY_BODY = hashlib.sha256(b"").hexdigest()


def _quoted(text: str) -> str:
    return quote(text, safe="~")


def canonical_request(
    method: str, query: Mapping[str, str], headers: Mapping[str, str], signed: Sequence[str], body_hash: str
) -> str:
    """What both sides hash. ``headers`` by lower-case name; ``signed`` are the names that count."""
    names = sorted(signed)
    pairs = "&".join(f"{_quoted(name)}={_quoted(query[name])}" for name in sorted(query))
    lines = "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in names)
    return "\n".join([method, "/", pairs, lines, ";".join(names), body_hash])


def signature(secret: str, request: str) -> str:
    """The signature, in hexadecimal, of a canonical request."""
    to_sign = f"{ALGORITHM}\n{hashlib.sha256(request.encode()).hexdigest()}"
    return hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()


def authorization(key_id: str, secret: str, method: str, query: Mapping[str, str], headers: Mapping[str, str]) -> str:
    """The header ``Authorization`` for a request without a body; every one of ``headers`` is signed."""
    signed = sorted(headers)
    request = canonical_request(method, query, headers, signed, EMPTY_BODY)
    return f"{ALGORITHM} Credential={key_id},SignedHeaders={';'.join(signed)},Signature={signature(secret, request)}"
