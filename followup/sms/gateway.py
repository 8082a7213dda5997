"""The provider that the settings name."""

from functools import lru_cache

from django.conf import settings

from followup.sms.providers import provider_from
from followup.sms.providers.base import Provider
from opinion_portal import clock


def provider_now() -> Provider | None:
    """The provider, ready to send; ``None`` where the portal has none."""
    if settings.SMS_PROVIDER == "none":
        return None
    return _made(tuple(sorted(settings.SMS.items())))


@lru_cache(maxsize=4)
def _made(config: tuple[tuple[str, str], ...]) -> Provider:
    # A provider keeps connections and, with an SDK, much memory: one for all threads, made at the first use.
    return provider_from(dict(config), clock=clock.now)


def template_code(text_code: str) -> str:
    """What the provider calls the template of this text; ``""`` where it knows none."""
    if settings.SMS_PROVIDER == "simulated":
        return text_code
    return settings.SMS_TEMPLATES.get(text_code, "")
