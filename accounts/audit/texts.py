"""What an act is called for people. Each room names its own acts in ``<room>/audit_texts.py``."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.conf import settings
from django.contrib import admin
from django.utils.functional import Promise

Texts = dict[str, str | Promise]


def action_text(action: str) -> str:
    """The act in the reader's language; the dotted name itself when no room knows it."""
    return str(_tables()[0].get(action, action))


def object_text(object_type: str) -> str:
    """The kind of record in the reader's language."""
    return str(_tables()[1].get(object_type, object_type))


def action_choices() -> list[tuple[str, str]]:
    """Every known act with its text, ordered by its dotted name so that a room's acts stand together."""
    return [(action, str(text)) for action, text in sorted(_tables()[0].items())]


def object_choices() -> list[tuple[str, str]]:
    """Every known kind of record with its text."""
    return [(kind, str(text)) for kind, text in sorted(_tables()[1].items())]


@cache
def _tables() -> tuple[Texts, Texts]:
    actions: Texts = {}
    # A row of a rule table is called what its table is called.
    objects: Texts = {str(model._meta.model_name): model._meta.verbose_name or "" for model in admin.site._registry}  # noqa: SLF001
    for room in settings.ROOMS:
        if find_spec(f"{room}.audit_texts"):
            texts = import_module(f"{room}.audit_texts")
            actions |= texts.ACTIONS
            objects |= texts.OBJECTS
    return actions, objects
