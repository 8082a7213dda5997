"""The pages of notices: who sees which, forms that lose nothing, the whole way by pressing buttons."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from accounts.models import AuditEvent, Officer, Role
from followup.models import InterviewNotice, NoticeRule, SmsMessage
from followup.notices import services
from followup.notices.forms import DraftForm
from opinion_portal import clock
from tests.feedback.queue_cast import logged_in, officer
from tests.followup.notices import (
    HELD,
    SUNDAY,
    appeal,
    fresh,
    head_of,
    hold,
    matter,
    notice_drafted,
    notice_held,
    notice_issued,
    notice_reported,
    notice_reviewed,
    papers_quick,
    review,
    serve,
    sign,
    station,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sunday_and_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    papers_quick(monkeypatch)
    monkeypatch.setattr(clock, "now", lambda: SUNDAY)


def _page(client: Client, name: str, *args: object, **query: str) -> str:
    answer = client.get(reverse(f"notices:{name}", args=args), query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def _send(client: Client, name: str, notice: InterviewNotice, **fields: object) -> Any:
    return client.post(reverse(f"notices:{name}", args=[notice.pk]), fields)


FIELDS = {
    "person": "周立新", "post": "所长", "manner": "one_to_one", "basis": "信访工作条例第三十九条", "place": "会议室",
    "facts": "你单位承办的1件群众诉求事项超期未办结。", "meets_at": "2024-05-22T09:30", "plan_by": "2024-05-27",
    "rectify_by": "2024-06-03", "appeal_until": "2024-05-24",
}  # fmt: skip


# Who sees what --------------------------------------------------------------------------------------------------------
def test_a_unit_sees_its_own_notices_once_they_are_issued_and_knows_of_no_other() -> None:
    issued, other = notice_issued(), notice_issued(station("station-danan"))
    hidden = [notice_drafted(), notice_reviewed(), other]
    head = logged_in(head_of())
    page = _page(head, "list", state="any")
    assert issued.number_text in page
    assert other.number_text not in page
    for notice in hidden:
        for name in ("detail", "sign_for", "appeal"):
            assert head.get(reverse(f"notices:{name}", args=[notice.pk])).status_code == 404
        assert head.get(reverse("notices:paper", args=[notice.pk, "pdf"])).status_code == 404
        assert _send(head, "appeal", notice, reason="不同意").status_code == 404
    assert "Draft 1" not in page


@pytest.mark.parametrize("role", [Role.CENTRE, Role.DISCIPLINE, Role.LEADER])
def test_those_who_make_notices_see_all_of_them(role: Role) -> None:
    notices = [notice_drafted(), notice_issued(station("station-danan"))]
    page = _page(logged_in(officer(role)), "list", state="any")
    for notice in notices:
        assert reverse("notices:detail", args=[notice.pk]) in page


@pytest.mark.parametrize(
    ("role", "state"),
    [
        (Role.CENTRE, "draft"),
        (Role.CENTRE, "issued"),
        (Role.DISCIPLINE, "draft"),
        (Role.DISCIPLINE, "reported"),
        (Role.LEADER, "reviewed"),
        (Role.UNIT_HEAD, "held"),
    ],
)
def test_the_first_tab_is_what_waits_for_the_officer(role: Role, state: str) -> None:
    made = {
        "draft": notice_drafted(), "reviewed": notice_reviewed(), "issued": notice_issued(), "held": notice_held(),
        "reported": notice_reported(),
    }  # fmt: skip
    who = head_of() if role == Role.UNIT_HEAD else officer(role)
    shown = {notice.pk for notice in logged_in(who).get(reverse("notices:list")).context["page"].notices}
    assert made[state].pk in shown
    assert (made["reviewed"].pk in shown) == (role == Role.LEADER)


@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.CENTRE, {"serve"}),
        (Role.DISCIPLINE, set()),
        (Role.LEADER, {"void"}),
        (Role.UNIT_HEAD, {"sign_for", "appeal"}),
    ],
)
def test_a_page_offers_what_the_officer_may_do_now_and_nothing_else(role: Role, names: set[str]) -> None:
    notice = notice_issued()
    who = head_of() if role == Role.UNIT_HEAD else officer(role)
    page = logged_in(who).get(reverse("notices:detail", args=[notice.pk]))
    assert {name for _address, _label, name in page.context["buttons"]} == names


def test_who_drafted_is_offered_no_signature_even_as_a_leader() -> None:
    who = officer(Role.CENTRE)
    notice = notice_drafted(by=who)
    services.notice_review(officer=officer(Role.DISCIPLINE), notice_id=notice.pk, version=1, now=SUNDAY)
    Officer.objects.filter(pk=who.pk).update(role=Role.LEADER)
    client = logged_in(Officer.objects.get(pk=who.pk))
    buttons = client.get(reverse("notices:detail", args=[notice.pk])).context["buttons"]
    assert "sign" not in {name for _address, _label, name in buttons}
    answer: Any = client.get(reverse("notices:sign", args=[notice.pk]), follow=True)
    assert "different people" in answer.content.decode()


def test_a_unit_reads_nothing_of_what_was_weighed_before_the_signature() -> None:
    notice = notice_drafted()
    services.notice_send_back(officer=officer(Role.DISCIPLINE), notice_id=notice.pk, note="措辞太轻", now=SUNDAY)
    sign(review(notice))
    assert "措辞太轻" in _page(logged_in(officer(Role.CENTRE)), "detail", notice.pk)
    page = _page(logged_in(head_of()), "detail", notice.pk)
    assert "signed and issued it" in page
    assert "措辞太轻" not in page


# The draft ------------------------------------------------------------------------------------------------------------
def test_a_draft_by_hand_begins_with_the_unit_and_picks_its_matters() -> None:
    client, one, other = logged_in(officer(Role.CENTRE)), matter(), matter(station("station-danan"))
    assert "Choose the unit" in _page(client, "draft")
    page = _page(client, "draft", unit=str(station().pk))
    assert one.reference in page
    assert other.reference not in page
    assert "2024-05-24" in page  # five working days to appeal, counted from the Sunday
    answer = client.post(f"{reverse('notices:draft')}?unit={station().pk}", {**FIELDS, "matters": [one.pk]})
    made = InterviewNotice.objects.get()
    assert answer["Location"] == reverse("notices:detail", args=[made.pk])
    assert (made.meets_at, made.unit) == (fresh(notice_drafted()).meets_at, station())
    assert [link.rectification_id for link in made.matters.all()] == [one.pk]


def test_a_draft_may_begin_with_a_matter() -> None:
    client, one = logged_in(officer(Role.CENTRE)), matter()
    page = client.get(f"{reverse('notices:draft')}?matter={one.pk}")
    assert page.context["unit"] == station()
    assert page.context["form"].initial["matters"] == [str(one.pk)]


def test_a_refused_draft_keeps_what_was_typed_and_names_the_words() -> None:
    client = logged_in(officer(Role.CENTRE))
    fields = FIELDS | {"facts": "群众电话13900004321反映噪声"}
    answer: Any = client.post(f"{reverse('notices:draft')}?unit={station().pk}", fields)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "take it out: 13900004321" in page
    assert "群众电话13900004321反映噪声" in page
    assert not InterviewNotice.objects.exists()


@pytest.mark.parametrize("field", ["meets_at", "plan_by"])
def test_a_date_that_is_none_is_named(field: str) -> None:
    client = logged_in(officer(Role.CENTRE))
    answer = client.post(f"{reverse('notices:draft')}?unit={station().pk}", FIELDS | {field: "tomorrow"})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_the_form_of_a_proposal_suggests_what_it_lacks_and_storing_takes_it_over() -> None:
    one = matter()
    services.notices_propose(now=SUNDAY)
    notice, who = InterviewNotice.objects.get(), officer(Role.CENTRE)
    client = logged_in(who)
    page = _page(client, "edit", notice.pk)
    assert "The portal proposed this notice" in page
    assert "2024-05-24" in page
    fields = FIELDS | {"version": notice.version, "matters": [one.pk]}
    assert _send(client, "edit", notice, **fields).status_code == 302
    assert fresh(notice).drafted_by == who


def test_two_editors_the_second_keeps_the_text_and_reads_who_was_first() -> None:
    notice, first, second = notice_drafted(), logged_in(officer(Role.CENTRE)), logged_in(officer(Role.CENTRE))
    assert _send(first, "edit", notice, **FIELDS, version=1).status_code == 302
    answer = _send(second, "edit", notice, **FIELDS | {"place": "地下一层"}, version=1)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "edited the draft" in page
    assert "地下一层" in page


def test_a_draft_that_is_no_draft_any_more_has_no_form() -> None:
    client, notice = logged_in(officer(Role.CENTRE)), notice_reviewed()
    answer = client.get(reverse("notices:edit", args=[notice.pk]))
    assert answer["Location"] == reverse("notices:detail", args=[notice.pk])


# The whole way by pressing buttons ------------------------------------------------------------------------------------
def test_from_draft_to_struck_off_by_pressing_buttons(monkeypatch: pytest.MonkeyPatch) -> None:
    centre, discipline = logged_in(officer(Role.CENTRE)), logged_in(officer(Role.DISCIPLINE))
    leader, head = logged_in(officer(Role.LEADER)), logged_in(head_of())
    centre.post(f"{reverse('notices:draft')}?unit={station().pk}", FIELDS | {"matters": [matter().pk]})
    notice = InterviewNotice.objects.get()
    assert _send(discipline, "review", notice, version=1).status_code == 302
    assert _send(leader, "sign", notice, version=1).status_code == 302
    assert _send(head, "sign_for", notice).status_code == 302
    monkeypatch.setattr(clock, "now", lambda: HELD)
    record = {
        "began_at": "2024-05-22T09:30", "ended_at": "2024-05-22T10:30", "place": "会议室", "interviewer": "纪检室主任",
        "recorder": "郑平", "interviewed": "周立新", "talk": "问：为什么逾期？\n答：安排不及时。", "demands": "办结",
    }  # fmt: skip
    assert _send(centre, "hold", notice, **record).status_code == 302
    assert _send(head, "plan", notice, text="整改方案").status_code == 302
    assert _send(head, "report", notice, text="整改报告").status_code == 302
    assert _send(discipline, "recheck", notice, strikes_off="1", note="已整改到位").status_code == 302
    assert fresh(notice).state == "struck_off"
    page = _page(head, "detail", notice.pk)
    for told in (
        "signed and issued it",
        "signed for it",
        "recorded the interview",
        "submitted the plan",
        "struck it off",
    ):
        assert told in page
    assert "整改方案" in page


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("serve", {"way": "direct", "served_at": "2024-05-19T21:40"}, "receipt"),
        ("serve", {"way": "direct", "served_at": "2024-05-20T09:00", "recipient": "周立新"}, "served_at"),
        ("serve", {"way": "nowhere", "served_at": "2024-05-19T21:40", "recipient": "周立新"}, "way"),
        ("void", {}, "note"),
        ("appeal", {}, "reason"),
    ],
)
def test_a_refused_move_shows_what_is_wrong_and_changes_nothing(name: str, fields: dict[str, str], field: str) -> None:
    notice = notice_issued()
    who = {"void": officer(Role.LEADER), "appeal": head_of()}.get(name) or officer(Role.CENTRE)
    answer = _send(logged_in(who), name, notice, **fields)
    assert answer.status_code == 422
    assert answer.context["form"].errors
    assert field in answer.context["form"].errors or field == "receipt"
    assert fresh(notice).state == "issued"


def test_the_second_of_two_signers_reads_who_signed() -> None:
    notice, first = notice_reviewed(), officer(Role.LEADER)
    pages = [logged_in(first), logged_in(officer(Role.LEADER))]
    answers = [_send(page, "sign", notice, version=1) for page in pages]
    assert [answer.status_code for answer in answers] == [302, 409]
    assert f"{first.name} was here" in answers[1].content.decode()


def test_an_attachment_that_is_no_pdf_is_refused(tmp_path: Any) -> None:
    picture = tmp_path / "plan.pdf"
    picture.write_bytes(b"GIF89a")
    notice = notice_held()
    with picture.open("rb") as file:
        answer = _send(logged_in(head_of()), "plan", notice, text="整改方案", pdf=file)
    assert answer.status_code == 422
    assert "no PDF" in answer.content.decode()
    assert "整改方案" in answer.content.decode()


def test_a_move_that_is_not_open_now_leads_back_and_says_why() -> None:
    notice = notice_issued()
    answer: Any = logged_in(officer(Role.CENTRE)).get(reverse("notices:hold", args=[notice.pk]), follow=True)
    assert answer.redirect_chain[0][0] == reverse("notices:detail", args=[notice.pk])
    assert "cannot be done now" in answer.content.decode()


def test_an_appeal_is_decided_on_its_page() -> None:
    notice = appeal(notice_issued())
    judge = logged_in(officer(Role.LEADER))
    assert _send(judge, "appeal_decide", notice, grants="1", note="已申请延期属实").status_code == 302
    assert fresh(notice).state == "void"
    assert "Void" in _page(logged_in(head_of()), "detail", notice.pk)


def test_a_draft_without_its_dates_has_no_preview_and_the_page_says_what_is_missing() -> None:
    notice = notice_drafted(meets_at=None)
    client = logged_in(officer(Role.DISCIPLINE))
    answer: Any = client.get(reverse("notices:paper", args=[notice.pk, "pdf"]), follow=True)
    assert "the time of the interview" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="notice.preview").exists()


# What the unit's head is told -----------------------------------------------------------------------------------------
def test_the_head_sees_on_every_office_page_what_is_to_be_done() -> None:
    head, notice = logged_in(head_of()), notice_issued()
    assert f"{notice.number_text}</a>: sign for the notice" in head.get(reverse("visits:list")).content.decode()
    serve(notice)
    assert "attend the interview" in head.get(reverse("visits:list")).content.decode()
    hold(fresh(notice))
    assert "submit the plan · by 2024-05-27" in head.get(reverse("visits:list")).content.decode()


def test_a_late_plan_is_marked_and_nobody_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    notice_held()
    monkeypatch.setattr(clock, "now", lambda: clock.day_start(SUNDAY.date().replace(day=28)))
    assert "banner-danger" in logged_in(head_of()).get(reverse("visits:list")).content.decode()
    for who in (head_of(station("station-danan")), officer(Role.STATION_OFFICER, station()), officer(Role.CENTRE)):
        assert "submit the plan" not in logged_in(who).get(reverse("visits:list")).content.decode()


def test_the_head_is_told_by_sms_and_the_text_says_nothing_of_the_case() -> None:
    head = head_of()
    Officer.objects.filter(pk=head.pk).update(phone="13900001111")
    notice = notice_issued(None, matter())
    message = SmsMessage.objects.get(about_type="notice", about_id=notice.pk)
    assert (message.officer, message.body) == (head, "您单位有一份约谈通知书待签收，请在5月22日前登录平台办理。")


# In Chinese, and what it costs ----------------------------------------------------------------------------------------
def test_the_pages_are_chinese_by_default() -> None:
    client = logged_in(officer(Role.CENTRE))
    del client.cookies["office_language"]
    page = _page(client, "detail", notice_issued().pk)
    for word in ("约谈通知书", "已签发，待送达", "登记送达", "送达回执"):
        assert word in page


@pytest.mark.parametrize("role", [Role.CENTRE, Role.UNIT_HEAD])
def test_a_page_of_the_list_is_at_most_ten_statements_however_long_it_is(role: Role) -> None:
    client = logged_in(head_of() if role == Role.UNIT_HEAD else officer(role))
    one = matter()
    for _notice in range(3):
        notice_issued(None, one)
    rows = [InterviewNotice(unit=station(), facts="x", state="cancelled") for _row in range(60)]
    InterviewNotice.objects.bulk_create(rows)
    for state in ("", "any", "over"):
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("notices:list"), {"state": state})
        assert len(queries) <= 10, [query["sql"][:90] for query in queries]


def test_the_list_goes_on_after_fifty() -> None:
    rows = [InterviewNotice(unit=station(), facts="x", state="cancelled") for _row in range(60)]
    InterviewNotice.objects.bulk_create(rows)
    client = logged_in(officer(Role.CENTRE))
    first = client.get(reverse("notices:list"), {"state": "over"}).context["page"]
    second = client.get(reverse("notices:list"), {"state": "over", "after": first.next_key}).context["page"]
    assert (len(first.notices), len(second.notices), second.next_key) == (50, 10, None)
    assert not {notice.pk for notice in first.notices} & {notice.pk for notice in second.notices}


@pytest.mark.parametrize(
    ("language", "n", "told"),
    [
        ("en", 1, "dissatisfied once"),
        ("en", 3, "dissatisfied 3 times"),
        ("zh-hans", 1, "群众不满意 1 次"),
        ("zh-hans", 3, "群众不满意 3 次"),
    ],
)
def test_the_draft_says_how_often_residents_were_dissatisfied_in_the_readers_language(
    language: str, n: int, told: str
) -> None:
    with translation.override(language):
        page = DraftForm(matters=[matter(dissatisfied_count=n)]).as_p()
    assert told in page


def test_the_ground_of_a_notice_is_named_without_the_version_of_its_rule() -> None:
    rule = NoticeRule.objects.filter(is_active=True).first()
    assert rule
    notice = notice_drafted()
    InterviewNotice.objects.filter(pk=notice.pk).update(rule=rule, rule_code=rule.code)
    desk = logged_in(officer(Role.DISCIPLINE))
    for page in (_page(desk, "list"), _page(desk, "detail", notice.pk)):
        assert rule.name_en in page
        assert f"(v{rule.version})" not in page


def test_what_is_to_be_done_stands_behind_a_chinese_colon_in_chinese() -> None:
    head, notice = logged_in(head_of()), notice_issued()
    head.cookies["office_language"] = "zh-hans"
    assert f"{notice.number_text}</a>：签收通知书" in head.get(reverse("visits:list")).content.decode()
