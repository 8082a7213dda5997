"""The rule tables of notices: who issues them, and what leads to one."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.rules import RuleAdmin
from followup.notices.rule_models import NoticeIssuer, NoticeRule

# What decides; the rest only names the rule or switches it.
_DECIDES = ("amount", "rate", "floor", "minimum", "window_days")


@admin.register(NoticeIssuer)
class NoticeIssuerAdmin(RuleAdmin):
    list_display = ("name", "prefix", "appeal_days", "plan_days", "rectify_days", "is_active")
    fixed = ("code",)


class NoticeRuleForm(forms.ModelForm):  # type: ignore[type-arg]  # generic in the stubs alone
    class Meta:
        model = NoticeRule
        fields = ("code", "kind", "name", "name_en", *_DECIDES, "source", "is_active")

    def clean(self) -> dict[str, Any]:
        """Ask for the numbers that the kind of rule needs."""
        said = super().clean() or {}
        kind = said.get("kind") or self.instance.kind
        needed = {NoticeRule.Kind.DISSATISFIED: _DECIDES[:1], NoticeRule.Kind.FLOOR: _DECIDES[1:]}.get(kind, ())
        for name in needed:
            if not said.get(name) and name not in self.errors:
                self.add_error(name, ValidationError(_("This kind of rule needs it.")))
        for name in {"overdue": _DECIDES[1:], "dissatisfied": _DECIDES[1:]}.get(kind, _DECIDES[:1]):
            said[name] = "" if name == "rate" else None
        return said


@admin.register(NoticeRule)
class NoticeRuleAdmin(RuleAdmin):
    """A change makes a new version and retires the old one, to which the notices that it led to still point."""

    form = NoticeRuleForm
    list_display = ("code", "version", "name", "kind", "amount", "rate", "floor", "minimum", "window_days", "is_active")
    list_filter = ("is_active", "kind")
    fixed = ("code", "kind")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only the newest version can be changed; older ones are history."""
        is_newest = obj is None or not NoticeRule.objects.filter(code=obj.code, version__gt=obj.version).exists()
        return is_newest and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store a changed rule as the next version; a name or a switch changes in place."""
        if change and set(form.changed_data) & set(_DECIDES):
            NoticeRule.objects.filter(code=obj.code).update(is_active=False)
            obj.pk, obj.version = None, obj.version + 1
            obj._state.adding = True  # noqa: SLF001  # Django's documented way to copy a row
        super().save_model(request, obj, form, change)
