"""The web's entry."""

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opinion_portal.settings")
_portal = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The portal, which speaks UTF-8 alone: a charset named by the client is dropped.

    Django would decode the address with it, before any of our code runs, and fail on one that is none for text.
    """
    content_type = environ.get("CONTENT_TYPE", "")
    if "charset" in content_type.lower():
        kept = [part for part in content_type.split(";") if not part.strip().lower().startswith("charset")]
        environ["CONTENT_TYPE"] = ";".join(kept)
    return _portal(environ, start_response)
