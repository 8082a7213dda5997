"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

# Steps of type size in elder mode: 20, 24 and 30 px (DOMAIN 7 asks for 18 px or more, adjustable up to 30).
ELDER_STEPS = {"1": 1, "2": 2, "3": 3}


def portal(request: HttpRequest) -> dict[str, Any]:
    """The resident's display choices, carried in the query (there is no cookie), and the other language.

    ``elder`` is the step of type size in elder mode, 0 when it is off. Forms carry the choices in their action's
    query: the body of a request is not read here, because the page that says it cannot be read is rendered too.
    """
    language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    return {
        "language": language,
        "other_language": "en" if language != "en" else "zh-hans",
        "elder": ELDER_STEPS.get(request.GET.get("elder", ""), 0),
    }
