"""A plan or report that does not do goes back to the unit, which hands in another one; both stay to be read."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from accounts.models import Officer, Role
from followup.models import InterviewNotice, NoticeEvent, NoticePaper, SmsMessage
from followup.notices import services
from followup.notices.reminding import units_remind
from followup.notices.selectors import duties_of
from followup.notices.services import MovedMeanwhile, NoticeRefused
from opinion_portal import clock
from tests.feedback.queue_cast import logged_in, officer
from tests.followup.notices import HELD, PDF, fresh, hand_in, head_of, notice_held, notice_reported, papers_quick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english_and_quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    papers_quick(monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: HELD)
    with translation.override("en"):
        yield


def _paper(notice: InterviewNotice) -> NoticePaper:
    return notice.papers.latest("id")


def _back(notice: InterviewNotice, kind: str, now: datetime = HELD, note: str = "措施不具体，没有到人。") -> date:
    who = officer(Role.DISCIPLINE)
    return services.paper_send_back(
        officer=who, notice_id=notice.pk, kind=kind, paper_id=_paper(notice).pk, note=note, now=now
    )


def _planned() -> InterviewNotice:
    return hand_in(notice_held(), "plan", attached=PDF)


# What comes of it -----------------------------------------------------------------------------------------------------
def test_a_plan_sent_back_is_handed_in_again_and_both_stay_readable() -> None:
    notice = _planned()
    _back(notice, "plan")
    assert fresh(notice).state == "held"
    hand_in(notice, "plan", now=HELD + timedelta(hours=1))
    first, second = notice.papers.all()
    assert (first.sent_back_note, first.sent_back_at) == ("措施不具体，没有到人。", HELD)
    assert second.sent_back_at is None
    assert fresh(notice).state == "planned"
    page = logged_in(head_of()).get(reverse("notices:detail", args=[notice.pk])).content.decode()
    assert page.count("夜间诉求当晚到场。") == 2
    assert "措施不具体，没有到人。" in page
    assert reverse("notices:attachment", args=[notice.pk, first.pk]) in page


def test_a_report_sent_back_leaves_the_plan_standing_and_its_notice_open() -> None:
    notice = notice_reported()
    _back(notice, "report", note="没有逐件说明结果。")
    assert fresh(notice).state == "planned"
    with pytest.raises(MovedMeanwhile):
        services.notice_recheck(
            officer=officer(Role.DISCIPLINE), notice_id=notice.pk, strikes_off=True, note="x", now=HELD
        )
    hand_in(notice, "report")
    assert [(one.kind, one.sent_back_at is None) for one in notice.papers.all()] == [
        ("plan", True), ("report", False), ("report", True),
    ]  # fmt: skip


# The clock ------------------------------------------------------------------------------------------------------------
def test_the_unit_keeps_the_notices_day_when_that_is_later() -> None:
    notice = _planned()  # on Wednesday 05-22; three working days end on the 27th, as the notice says
    assert _back(notice, "plan", now=HELD - timedelta(days=1)) == date(2024, 5, 27)


def test_a_late_return_gives_working_days_and_what_comes_within_them_is_in_time() -> None:
    notice = hand_in(notice_held(), "plan", now=datetime(2024, 5, 27, 10, tzinfo=clock.BUREAU_ZONE))
    friday = datetime(2024, 5, 31, 10, tzinfo=clock.BUREAU_ZONE)
    assert _back(notice, "plan", now=friday) == date(2024, 6, 5)
    notice = fresh(notice)
    assert notice.plan_by == date(2024, 5, 27), "what the notice says stays"
    # The report follows the plan: its day of the notice would come before the plan's new one.
    assert notice.report_due == date(2024, 6, 11)  # 06-10 is the Dragon Boat holiday
    hand_in(notice, "plan", now=datetime(2024, 6, 5, 20, tzinfo=clock.BUREAU_ZONE))
    assert (_paper(notice).is_late, _paper(notice).due_on) == (False, date(2024, 6, 5))
    tuesday = datetime(2024, 6, 6, 10, tzinfo=clock.BUREAU_ZONE)
    with pytest.raises(NoticeRefused, match="still has time"):
        services.notice_recheck(
            officer=officer(Role.DISCIPLINE), notice_id=notice.pk, strikes_off=False, note="x", now=tuesday
        )


def test_the_head_is_told_at_once_and_reminded_of_the_new_day_once() -> None:
    notice = hand_in(notice_held(), "plan")
    Officer.objects.filter(role=Role.UNIT_HEAD).update(phone="13800000001")
    units_remind(now=datetime(2024, 5, 26, 9, tzinfo=clock.BUREAU_ZONE))
    _back(notice, "plan", now=datetime(2024, 5, 28, 9, tzinfo=clock.BUREAU_ZONE))
    told = SmsMessage.objects.filter(text__code="unit-notice-back")
    assert {message.values[0][1] for message in told} == {"5月31日"}
    later = datetime(2024, 5, 30, 9, tzinfo=clock.BUREAU_ZONE)
    assert [units_remind(now=later) for _run in range(2)] == [1, 0]
    days = NoticeEvent.objects.filter(notice=notice, move="remind_plan").values_list("data__day", flat=True)
    assert list(days) == ["2024-05-31"]


def test_a_second_return_reminds_of_its_own_day() -> None:
    notice = notice_held()
    friday = datetime(2024, 5, 24, 9, tzinfo=clock.BUREAU_ZONE)
    assert units_remind(now=friday) == 1
    hand_in(notice, "plan", now=friday)
    _back(notice, "plan", now=friday + timedelta(days=3))
    assert units_remind(now=friday + timedelta(days=5)) == 1
    days = NoticeEvent.objects.filter(notice=notice, move="remind_plan").order_by("id")
    assert [event.data["day"] for event in days] == ["2024-05-27", "2024-05-30"]


def test_the_heads_page_says_that_it_came_back_and_by_when() -> None:
    notice = _planned()
    _back(notice, "plan")
    (duty,) = duties_of(head_of(), HELD)
    assert (duty.what, duty.is_again, duty.day) == ("plan", True, date(2024, 5, 27))
    page = logged_in(head_of()).get(reverse("notices:detail", args=[notice.pk])).content.decode()
    assert "the plan was sent back: submit it again" in page
    assert "once more by 2024-05-27" in page


# What is refused ------------------------------------------------------------------------------------------------------
def test_a_return_is_of_the_paper_that_was_read() -> None:
    notice = _planned()
    read = _paper(notice).pk
    _back(notice, "plan")
    hand_in(notice, "plan")
    with pytest.raises(MovedMeanwhile):
        services.paper_send_back(
            officer=officer(Role.DISCIPLINE), notice_id=notice.pk, kind="plan", paper_id=read, note="x", now=HELD
        )
    assert fresh(notice).state == "planned"
    assert _paper(notice).sent_back_at is None


@pytest.mark.parametrize("note", ["", "   ", "请再联系13912345678"])
def test_the_reason_is_given_and_tells_nothing_of_who_complained(note: str) -> None:
    notice = _planned()
    with pytest.raises(NoticeRefused) as refused:
        _back(notice, "plan", note=note)
    assert refused.value.field == "note"
    assert not SmsMessage.objects.filter(text__code="unit-notice-back").exists()


# The page -------------------------------------------------------------------------------------------------------------
def _client() -> Client:
    return logged_in(officer(Role.DISCIPLINE))


def test_the_discipline_office_sends_it_back_on_its_page() -> None:
    notice, client = _planned(), _client()
    address = reverse("notices:return_plan", args=[notice.pk])
    assert address in client.get(reverse("notices:detail", args=[notice.pk])).content.decode()
    page = client.get(address).content.decode()
    assert "hands in another one" in page
    assert _paper(notice).text in page
    refused = client.post(address, {"paper": _paper(notice).pk, "note": ""})
    assert refused.status_code == 422
    sent = client.post(address, {"paper": _paper(notice).pk, "note": "没有到人"})
    assert sent["Location"] == reverse("notices:detail", args=[notice.pk])
    again = client.post(address, {"paper": _paper(notice).pk, "note": "我也认为没有到人"})
    assert again.status_code == 409
    assert "我也认为没有到人" in again.content.decode()


@pytest.mark.parametrize("role", [Role.CENTRE, Role.LEADER, Role.UNIT_HEAD])
def test_nobody_else_is_told_of_that_page(role: Role) -> None:
    notice = _planned()
    client = logged_in(head_of() if role == Role.UNIT_HEAD else officer(role))
    for name in ("return_plan", "return_report"):
        address = reverse(f"notices:{name}", args=[notice.pk])
        assert client.get(address).status_code == 404
        assert client.post(address, {"paper": _paper(notice).pk, "note": "x"}).status_code == 404
        assert address not in client.get(reverse("notices:detail", args=[notice.pk])).content.decode()
