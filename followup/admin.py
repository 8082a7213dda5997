"""The rule tables of this room: the reviewed SMS texts, and those of the notices."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.rules import RuleAdmin
from followup.models import SmsText
from followup.notices.admin import NoticeIssuerAdmin, NoticeRuleAdmin
from followup.sms import texts
from followup.sms.wording import PROBLEM_TEXTS

# Django looks for a room's rule tables here.
__all__ = ["NoticeIssuerAdmin", "NoticeRuleAdmin", "SmsTextAdmin"]


class SmsTextForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    class Meta:
        model = SmsText
        fields = ("code", "purpose", "signature", "body", "is_active")

    def clean_body(self) -> str:
        """Refuse what the provider would not approve, and a change of the variables, which the portal fills."""
        body: str = self.cleaned_data["body"]
        if problem := texts.body_problem(body):
            raise ValidationError(PROBLEM_TEXTS[problem])
        expected = texts.variables(self.instance.body)
        if self.instance.pk and set(texts.variables(body)) != set(expected):
            names = " ".join(f"{{{name}}}" for name in expected) or "—"
            raise ValidationError(_("The portal fills these variables, no others: %(names)s") % {"names": names})
        return body

    def clean_signature(self) -> str:
        """Refuse a signature that the provider would not take."""
        signature: str = self.cleaned_data["signature"]
        if problem := texts.signature_problem(signature):
            raise ValidationError(PROBLEM_TEXTS[problem])
        return signature


@admin.register(SmsText)
class SmsTextAdmin(RuleAdmin):
    form = SmsTextForm
    list_display = ("code", "purpose", "signature", "parts", "is_active")
    readonly_fields = ("preview", "parts")
    fixed = ("code",)

    @admin.display(description=_("as a phone shows it"))
    def preview(self, text: SmsText) -> str:
        """The stored text with its signature."""
        return texts.full_text(text.signature, text.body) if text.pk else "—"

    @admin.display(description=_("parts"))
    def parts(self, text: SmsText) -> str:
        """As how many messages it is sent and paid; a variable counts with the letters of its name."""
        return str(texts.parts(texts.full_text(text.signature, text.body))) if text.pk else "—"
