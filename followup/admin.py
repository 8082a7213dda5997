"""The rule tables of this room: the reviewed SMS texts, and those of the notices."""

import re

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.rules import RuleAdmin
from followup.models import SmsText
from followup.notices.admin import NoticeIssuerAdmin, NoticeRuleAdmin

# Django looks for a room's rule tables here.
__all__ = ["NoticeIssuerAdmin", "NoticeRuleAdmin", "SmsTextAdmin"]

TOUCHING = re.compile(r"\}\s*\{")


class SmsTextForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    class Meta:
        model = SmsText
        fields = ("code", "purpose", "signature", "body", "is_active")

    def clean_body(self) -> str:
        """Refuse two variables side by side: the provider would not approve the text."""
        body: str = self.cleaned_data["body"]
        if TOUCHING.search(body):
            raise ValidationError(_("Two variables may not stand side by side; put words between them."))
        return body

    def clean_signature(self) -> str:
        """Refuse a signature that the provider would not take (2 to 16 characters)."""
        signature: str = self.cleaned_data["signature"]
        if len(signature) < 2:
            raise ValidationError(_("A signature has 2 to 16 characters."))
        return signature


@admin.register(SmsText)
class SmsTextAdmin(RuleAdmin):
    form = SmsTextForm
    list_display = ("code", "purpose", "signature", "is_active")
    fixed = ("code",)
