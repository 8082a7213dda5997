"""Where a code leads: the address in the QR code, and the shorter one people read.

The path is written out here and not looked up: it is on printed posters and may not change with a name in a URL table.
"""

from urllib.parse import urlsplit

from django.conf import settings

from opinion_portal.hosts import is_loopback


def point_url(code: str) -> str:
    """The resident's address for ``code``, e.g. ``https://portal.example/p/7KTA3WXC/``."""
    return f"{settings.PUBLIC_BASE_URL}/p/{code}/"


def point_url_short(code: str) -> str:
    """The same without scheme and last slash, to be typed by hand: ``portal.example/p/7KTA3WXC``."""
    parts = urlsplit(point_url(code))
    return (parts.netloc + parts.path).rstrip("/")


def unreachable_address() -> str:
    """The portal's address when every phone would take it for itself, and a printed code so be useless; else empty."""
    return settings.PUBLIC_BASE_URL if is_loopback(urlsplit(settings.PUBLIC_BASE_URL).hostname or "") else ""
