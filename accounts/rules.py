"""The rule tables' pages: Django's admin behind the portal's own permission table and audit log.

Rooms register the tables they own in their ``admin.py``. Feedback, contacts, receipts and the
audit log never stand here.
"""

from typing import Any, TypeVar, cast

from django.contrib import admin
from django.db import models
from django.forms import CheckboxSelectMultiple
from django.http import HttpRequest
from django.urls import URLPattern, URLResolver
from django.utils.translation import gettext_lazy as _

from accounts.models import Officer
from accounts.pages import office_page
from accounts.permissions import Action, may
from accounts.services import audit_record

Row = models.Model
ViewType = TypeVar("ViewType", bound=Any)
Url = URLPattern | URLResolver
# The portal has its own login, its own passwords and its own log.
UNUSED = {"login", "logout", "password_change", "password_change_done", "view_on_site"}
VALUE_LENGTH = 200


class RuleSite(admin.AdminSite):
    """The admin site for whoever may manage rules."""

    site_header = _("Rule tables")
    site_title = _("Rule tables")
    index_title = _("What the bureau decides")
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Take tables of rules alone; packages that bring tables of their own (groups of users) are passed over."""
        if admin_class and issubclass(admin_class, RuleAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Ask the portal's table of permissions."""
        return isinstance(request.user, Officer) and may(request.user, Action.RULE_MANAGE)

    def admin_view(self, view: ViewType, cacheable: bool = False) -> ViewType:
        """Guard every page of the site as any other page of the office."""
        return cast("ViewType", office_page(Action.RULE_MANAGE)(super().admin_view(view, cacheable)))

    def get_urls(self) -> list[Any]:
        """The site's addresses without those that the portal answers itself, each marked with its action."""
        return _marked([url for url in super().get_urls() if getattr(url, "name", "") not in UNUSED])


def _marked(urls: list[Url]) -> list[Url]:
    for url in urls:
        if isinstance(url, URLResolver):
            _marked(url.url_patterns)
        else:
            # A ModelAdmin hides the guarded view inside a wrapper of its own.
            url.callback.access = Action.RULE_MANAGE  # type: ignore[attr-defined]  # functions carry attributes
    return urls


class RuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """One table of rules: rows are added and changed, not deleted, because others refer to them.

    ``fixed`` names the fields that other rows and files know a row by; they are set once.
    """

    fixed: tuple[str, ...] = ()
    may_delete = False
    actions = None
    list_per_page = 50
    # Django's own picker for many rows sets inline styles, which the content policy forbids.
    formfield_overrides = {models.ManyToManyField: {"widget": CheckboxSelectMultiple}}

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever may enter the site sees every table."""
        return self.admin_site.has_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Rules are open to whoever may manage them."""
        return self.admin_site.has_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows may be added."""
        return self.admin_site.has_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Rows may be changed."""
        return self.admin_site.has_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Row | None = None) -> bool:
        """Only where nothing refers to a row."""
        return self.may_delete and self.admin_site.has_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Row | None = None) -> tuple[Any, ...]:
        """What names a row cannot change."""
        return tuple(self.readonly_fields) + (self.fixed if obj else ())

    def get_urls(self) -> list[URLPattern]:
        """Without Django's own history: the audit log has it."""
        return [url for url in super().get_urls() if not str(url.name).endswith("_history")]

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        """Store the row and what changed in it."""
        super().save_model(request, obj, form, change)
        if not change or form.changed_data:
            _record(request, "rule.change" if change else "rule.add", obj, form)

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        """Delete the row and say so in the audit log."""
        _record(request, "rule.delete", obj)
        super().delete_model(request, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Django's own log stays empty."""

    log_change = log_addition

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        """Django's own log stays empty."""


def _record(request: HttpRequest, action: str, row: models.Model, form: Any = None) -> None:
    """The act, with the old and new values: rules are the bureau's, they hold nothing personal."""
    changed = list(form.changed_data) if form else []
    values = {name: [_text(form.initial.get(name)), _text(form.cleaned_data.get(name))] for name in changed if form}
    audit_record(
        action=action,
        actor=request.user,  # type: ignore[arg-type]  # the site let only officers in
        object_type=type(row).__name__.lower(),
        object_id=row.pk,
        changed=changed,
        data=values,
    )


def _text(value: object) -> str:
    if isinstance(value, models.QuerySet | list):
        return ", ".join(str(getattr(one, "pk", one)) for one in value)[:VALUE_LENGTH]
    return "" if value is None else str(getattr(value, "pk", value))[:VALUE_LENGTH]
