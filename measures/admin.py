"""The rule tables of this room: plans and measures, deadlines, the calendar."""

from django.contrib import admin

from accounts.rules import RuleAdmin
from measures.models import ActionPlan, CalendarDay, DeadlineRule, Measure


@admin.register(ActionPlan)
class ActionPlanAdmin(RuleAdmin):
    list_display = ("code", "title", "issued_on")
    fixed = ("code",)
    # They describe the published document and come with it.
    exclude = ("document_name", "document_type")


@admin.register(Measure)
class MeasureAdmin(RuleAdmin):
    list_display = ("number", "title", "plan", "lead_unit", "is_assumed")
    list_display_links = ("number", "title")
    list_filter = ("plan", "is_assumed")
    list_select_related = ("plan", "lead_unit")
    fixed = ("plan", "number")


@admin.register(CalendarDay)
class CalendarDayAdmin(RuleAdmin):
    """Nothing refers to a day, so one that was wrong may go."""

    list_display = ("day", "is_working", "reason")
    list_filter = ("is_working",)
    date_hierarchy = "day"
    fixed = ("day",)
    may_delete = True


@admin.register(DeadlineRule)
class DeadlineRuleAdmin(RuleAdmin):
    list_display = ("step", "name", "amount", "unit_of_time", "source")
    fixed = ("step",)
