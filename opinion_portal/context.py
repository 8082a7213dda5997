"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """The resident's display choices, carried in the query (there is no cookie), and the other language."""
    language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    choices = {**request.GET.dict(), **request.POST.dict()} if request.method == "POST" else request.GET.dict()
    return {
        "language": language,
        "other_language": "en" if language != "en" else "zh-hans",
        "elder": choices.get("elder") == "1",
    }
