"""Django's admin site, kept for the tables of rules that the bureau owns (decision 12 of the design)."""

from django.contrib.admin.apps import AdminConfig


class RuleTablesConfig(AdminConfig):
    default_site = "accounts.rules.RuleSite"
