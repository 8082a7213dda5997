"""The rule table of this room: the weights of the composite, version by version."""

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts.rules import RuleAdmin
from insights.models import IndicatorWeights


@admin.register(IndicatorWeights)
class IndicatorWeightsAdmin(RuleAdmin):
    """What has been in use is only read; until its day has come a version may still be changed or dropped."""

    list_display = ("version", "valid_from", "response", "solution", "satisfaction", "basically", "source")
    fixed = ("version",)
    may_delete = True

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Not once its day has come: figures have been published under it."""
        return super().has_change_permission(request, obj) and not _is_in_use(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As with changes."""
        return super().has_delete_permission(request, obj) and not _is_in_use(obj)


def _is_in_use(row: Model | None) -> bool:
    return isinstance(row, IndicatorWeights) and row.is_in_use
