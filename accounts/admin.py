"""The rule tables of this room."""

from django.contrib import admin

from accounts.models import Unit
from accounts.rules import RuleAdmin


@admin.register(Unit)
class UnitAdmin(RuleAdmin):
    list_display = ("code", "name", "name_en", "kind", "parent", "is_example", "is_active")
    list_filter = ("kind", "is_active")
    search_fields = ("code", "name", "name_en")
    fixed = ("code",)
