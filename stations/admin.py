"""The rule tables of this room: which station polices a community, where the points stand, who watches them."""

from django.contrib import admin

from accounts.rules import RuleAdmin
from stations.models import Community, MonitoringGroup, SensingPoint


@admin.register(Community)
class CommunityAdmin(RuleAdmin):
    list_display = ("code", "name", "street", "station")
    list_filter = ("station",)
    search_fields = ("code", "name", "street")
    list_select_related = ("station",)
    fixed = ("code",)


@admin.register(SensingPoint)
class SensingPointAdmin(RuleAdmin):
    list_display = ("code", "name", "kind", "community", "station", "is_active")
    list_filter = ("kind", "station", "is_active")
    search_fields = ("code", "name", "name_en", "address")
    list_select_related = ("community", "station")
    fixed = ("code",)


@admin.register(MonitoringGroup)
class MonitoringGroupAdmin(RuleAdmin):
    list_display = ("name", "point")
    search_fields = ("name", "point__name")
    list_select_related = ("point",)
    fixed = ("point",)
