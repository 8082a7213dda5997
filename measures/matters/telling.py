"""What a page tells after an act: the matter as a link, and what the act has led to."""

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from measures.models import Rectification


def told_of(matter: Rectification, told: str) -> SafeString:
    """``told`` behind a link to ``matter``, as one line."""
    link = format_html('<a href="{}">{}</a>', reverse("matters:detail", args=[matter.pk]), matter.reference)
    return format_html(_("{matter}: {told}"), matter=link, told=told)
