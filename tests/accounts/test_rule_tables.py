"""The rule tables: changed by the system administrator, every change in the audit log with its values."""

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import AuditEvent, Role, Unit
from accounts.selectors import unit_ids_below
from feedback.models import Feedback
from followup.models import SmsText
from measures.models import CalendarDay, DeadlineRule
from tests.accounts.cast import acts, officer, screen

pytestmark = pytest.mark.django_db


@pytest.fixture
def system() -> Client:
    return screen(officer(Role.SYSTEM_ADMIN, "system"))


def test_feedback_contacts_receipts_accounts_and_the_log_never_stand_there() -> None:
    tables = {model._meta.label for model in admin.site._registry}
    assert tables == {
        "accounts.Unit",
        "stations.Community",
        "stations.SensingPoint",
        "stations.MonitoringGroup",
        "feedback.Category",
        "feedback.Subcategory",
        "measures.ActionPlan",
        "measures.Measure",
        "measures.CalendarDay",
        "measures.DeadlineRule",
        "followup.NoticeIssuer",
        "followup.NoticeRule",
        "followup.SmsText",
        "insights.IndicatorWeights",
    }
    assert Feedback not in admin.site._registry
    assert AuditEvent not in admin.site._registry


def test_a_change_is_audited_with_its_old_and_new_value(system: Client) -> None:
    rule = DeadlineRule.objects.order_by("step")[0]
    fields = {"name": rule.name, "name_en": rule.name_en, "amount": rule.amount + 1}
    fields |= {"unit_of_time": rule.unit_of_time, "source": rule.source}
    assert system.post(f"/office/admin/measures/deadlinerule/{rule.pk}/change/", fields).status_code == 302
    event = acts("rule.change")[-1]
    assert (event.object_type, event.object_id, event.changed) == ("deadlinerule", str(rule.pk), ["amount"])
    assert event.data == {"amount": [str(rule.amount), str(rule.amount + 1)]}
    assert event.actor
    assert event.actor.username == "system"


def test_saving_without_a_change_is_no_act(system: Client) -> None:
    rule = DeadlineRule.objects.order_by("step")[0]
    fields = {"name": rule.name, "name_en": rule.name_en, "amount": rule.amount}
    fields |= {"unit_of_time": rule.unit_of_time, "source": rule.source}
    system.post(f"/office/admin/measures/deadlinerule/{rule.pk}/change/", fields)
    assert not acts("rule.change")


def test_a_day_is_added_and_deleted_and_both_are_audited(system: Client) -> None:
    day = {"day": "2031-02-03", "is_working": "on", "reason": "调休"}
    assert system.post("/office/admin/measures/calendarday/add/", day).status_code == 302
    assert CalendarDay.objects.filter(day="2031-02-03", is_working=True).exists()
    assert system.post("/office/admin/measures/calendarday/2031-02-03/delete/", {"post": "yes"}).status_code == 302
    assert not CalendarDay.objects.filter(day="2031-02-03").exists()
    assert len(acts("rule.add")) == len(acts("rule.delete")) == 1


def test_what_others_refer_to_is_never_deleted_and_keeps_its_code(system: Client) -> None:
    unit = Unit.objects.get(code="station-danan")
    assert system.get(f"/office/admin/accounts/unit/{unit.pk}/delete/").status_code == 403
    page = system.get(f"/office/admin/accounts/unit/{unit.pk}/change/").content.decode()
    assert 'name="name"' in page
    assert 'name="code"' not in page


def test_an_sms_text_with_touching_variables_is_refused(system: Client) -> None:
    text = SmsText.objects.order_by("code")[0]
    fields = {"purpose": text.purpose, "signature": text.signature, "body": "您好{name}{point}", "is_active": "on"}
    page = system.post(f"/office/admin/followup/smstext/{text.pk}/change/", fields)
    assert "side by side" in page.content.decode()
    assert not acts("rule.change")


def test_djangos_own_login_history_and_log_are_not_there(system: Client) -> None:
    for path in ("login/", "logout/", "password_change/", "accounts/unit/1/history/"):
        assert system.get(f"/office/admin/{path}").status_code in {302, 404}
    assert Client().get("/office/admin/login/")["Location"].startswith("/office/login/")
    system.post("/office/admin/measures/calendarday/add/", {"day": "2031-02-03", "reason": "x"})
    from django.contrib.admin.models import LogEntry

    assert not LogEntry.objects.exists()


def test_the_pages_hold_no_inline_script_or_style(system: Client) -> None:
    for path in ("", "feedback/subcategory/", "feedback/subcategory/T1/change/", "measures/measure/1/change/"):
        page = system.get(f"/office/admin/{path}", follow=True).content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert "onclick=" not in page


def test_no_unit_may_be_set_below_itself() -> None:
    bureau = Unit.objects.get(kind=Unit.Kind.BUREAU)
    bureau.parent = Unit.objects.filter(parent=bureau)[0]
    with pytest.raises(ValidationError, match="parent"):
        bureau.full_clean()


def test_a_circle_of_units_does_not_hold_up_the_question_of_who_may_read_what() -> None:
    bureau = Unit.objects.get(kind=Unit.Kind.BUREAU)
    station = Unit.objects.filter(parent=bureau)[0]
    Unit.objects.filter(pk=bureau.pk).update(parent=station)
    assert set(unit_ids_below(station.pk)) == set(Unit.objects.values_list("pk", flat=True))
