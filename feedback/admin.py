"""The rule tables of this room: what feedback is sorted into. Feedback itself never stands here."""

from django.contrib import admin

from accounts.rules import RuleAdmin
from feedback.models import Category, Subcategory


@admin.register(Category)
class CategoryAdmin(RuleAdmin):
    list_display = ("code", "name", "name_en", "position")
    fixed = ("code",)


@admin.register(Subcategory)
class SubcategoryAdmin(RuleAdmin):
    list_display = ("code", "name", "name_en", "category", "position")
    list_filter = ("category",)
    search_fields = ("code", "name", "name_en")
    list_select_related = ("category",)
    fixed = ("code",)
