"""The papers of a notice: what stands in them, what must never, and that taking one is written down."""

import uuid
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.http import Http404
from django.urls import reverse
from docx import Document
from pypdf import PdfReader

from accounts.models import AuditEvent, Role
from feedback.models import Channel, Feedback
from feedback.services import Voice, feedback_submit
from followup.models import InterviewNotice, NoticeDocument
from followup.notices import services
from followup.notices.services import NoticeRefused
from measures.models import Rectification, RectificationEvent, RectificationVoice
from opinion_portal import clock
from tests.feedback.queue_cast import logged_in, officer
from tests.followup.notices import (
    HELD,
    SUNDAY,
    draft,
    fresh,
    hand_in,
    head_of,
    hold,
    matter,
    notice_drafted,
    notice_held,
    notice_issued,
    notice_reported,
    papers_quick,
    record,
    review,
    serve,
    sign,
    station,
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def papers_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """For those that read no paper: setting two of them takes longer than all the rest."""
    papers_quick(monkeypatch)


# An invented resident: no such person, number, plate or flat is meant.
PHONE, ID_NUMBER, PLATE, NAME, FLAT = "13900004321", "210103198001015678", "辽A7K21P", "赵桂兰", "3号楼2单元501"
SECRETS = (PHONE, ID_NUMBER, PLATE, NAME, FLAT)
SAID = f"我叫{NAME}，住{FLAT}，电话{PHONE}，身份证{ID_NUMBER}，楼下{PLATE}半夜鸣笛。"


def _words_of_pdf(data: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).replace("\n", "")


def _words_of_docx(data: bytes) -> str:
    """Every part of the package: headers, properties and comments may leak as well as the text."""
    with ZipFile(BytesIO(data)) as package:
        parts = [package.read(name).decode("utf-8", "replace") for name in package.namelist()]
    document = Document(BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "".join([*parts, *(one.text for one in document.paragraphs), *cells])


def _words(notice: InterviewNotice, paper: str, form: str) -> str:
    who = officer(Role.LEADER)
    file = services.document_read(officer=who, notice=fresh(notice), paper=paper, form=form)
    return _words_of_pdf(file.data) if form == "pdf" else _words_of_docx(file.data)


def _matter_of_a_resident(title: str) -> Rectification:
    """A matter whose voice, title and brief still hold everything about the resident."""
    sent = feedback_submit(voice=Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, content=SAID, phone=PHONE))
    one = matter(title=title, brief=SAID, dissatisfied_count=2)
    RectificationVoice.objects.create(rectification=one, feedback=Feedback.objects.get(pk=sent.feedback_id))
    return one


# Never a complainant --------------------------------------------------------------------------------------------------
def test_nothing_about_the_resident_comes_into_any_paper_of_a_proposed_notice() -> None:
    one = _matter_of_a_resident(f"{NAME}（{PHONE}）反映{FLAT}楼下{PLATE}鸣笛，{ID_NUMBER}")
    services.notices_propose(now=SUNDAY)
    notice = InterviewNotice.objects.filter(rule_code="overdue").get()
    for form in ("pdf", "docx"):
        services.notice_edit(
            officer=officer(Role.CENTRE), notice_id=notice.pk, matter_ids=[one.pk], version=fresh(notice).version,
            draft=draft(facts=notice.facts), now=SUNDAY,
        )  # fmt: skip
        preview = _words(notice, "notice", form)
        assert [secret for secret in SECRETS if secret in preview] == []
    notice = hold(serve(sign(review(notice))))
    for paper in ("notice", "slip", "record"):
        for form in ("pdf", "docx"):
            words = _words(notice, paper, form)
            assert [secret for secret in SECRETS if secret in words] == [], (paper, form)
            assert notice.number_text in words
    assert one.reference in _words(notice, "notice", "pdf")


@pytest.mark.parametrize("field", ["facts", "bring", "report_back", "copies_to", "appeal_to"])
@pytest.mark.parametrize("secret", [PHONE, ID_NUMBER, PLATE, FLAT, f"我叫{NAME}"])
def test_words_that_could_tell_who_complained_are_refused_and_named(field: str, secret: str) -> None:
    changes: dict[str, Any] = {field: f"群众{secret}反映夜间噪声"}
    with pytest.raises(NoticeRefused) as refused:
        notice_drafted(**changes)
    assert refused.value.field == field
    assert secret.removeprefix("我叫") in str(refused.value)
    assert not InterviewNotice.objects.exists()


def test_an_edit_is_looked_at_as_the_draft_was() -> None:
    notice = notice_drafted()
    with pytest.raises(NoticeRefused, match=PHONE):
        services.notice_edit(
            officer=officer(Role.CENTRE), notice_id=notice.pk, matter_ids=[], version=1, now=SUNDAY,
            draft=draft(facts=f"联系人{PHONE}"),
        )  # fmt: skip
    assert fresh(notice).version == 1


@pytest.mark.usefixtures("papers_unread")
@pytest.mark.parametrize("field", ["talk", "demands", "promises"])
def test_a_record_names_no_resident_but_may_name_officers(field: str) -> None:
    notice = serve(notice_issued())
    words = {"talk": "问：为什么逾期？\n答：民警王强到场后没有登记。"}.get(field, "由民警王强负责")
    said: dict[str, Any] = {field: words}
    with pytest.raises(NoticeRefused, match="王强"):
        hold(notice, **said)
    who = officer(Role.STATION_OFFICER, station())
    type(who).objects.filter(pk=who.pk).update(name="王强")
    assert hold(notice, **said).state == "held"


@pytest.mark.usefixtures("papers_unread")
@pytest.mark.parametrize("field", ["talk", "promises"])
def test_a_bare_name_is_known_from_what_its_bearer_said(field: str) -> None:
    notice = serve(notice_issued(None, _matter_of_a_resident("夜间鸣笛")))
    said: dict[str, Any] = {field: {"talk": f"问：为什么逾期？\n答：{NAME}已经满意。"}.get(field, f"向{NAME}当面道歉")}
    with pytest.raises(NoticeRefused, match=NAME):
        hold(notice, **said)


def test_a_bare_name_in_the_facts_is_refused_as_well() -> None:
    with pytest.raises(NoticeRefused, match=NAME):
        notice_drafted(None, _matter_of_a_resident("夜间鸣笛"), facts=f"{NAME}两次答复不满意。")


@pytest.mark.usefixtures("papers_unread")
@pytest.mark.parametrize("kind", ["plan", "report"])
def test_neither_plan_nor_report_nor_appeal_names_a_resident(kind: str) -> None:
    notice = notice_held() if kind == "plan" else hand_in(notice_held(), "plan")
    act = services.notice_plan if kind == "plan" else services.notice_report
    with pytest.raises(NoticeRefused, match=PHONE):
        act(officer=head_of(), notice_id=notice.pk, text=f"已联系{PHONE}", now=HELD)
    with pytest.raises(NoticeRefused, match=PHONE):
        services.notice_appeal(officer=head_of(), notice_id=notice.pk, reason=f"已联系{PHONE}", now=HELD)


# What must stand in them ----------------------------------------------------------------------------------------------
def test_the_issued_paper_says_all_that_it_must() -> None:
    one = matter(dissatisfied_count=2)
    RectificationEvent.objects.create(
        rectification=one, move="supervise", to_state="handling", actor_label="x", at=clock.day_start(SUNDAY.date())
    )
    notice = notice_issued(None, one)
    for form in ("pdf", "docx"):
        words = _words(notice, "notice", form)
        for wanted in (
            "约谈通知书", "沈公民约〔2024〕1号", "皇城派出所", "周立新", "所长", "一对一", "《信访工作条例》第三十九条",
            "2024年5月22日9时30分", "分局三楼会议室", "办理记录", "2024年6月3日", "整改方案，于2024年5月27日前",
            "2024年5月24日", "分局纪检室", "2024年5月19日", "2次不满意", "督办提示单", one.reference,
            "拟稿：", "审核：", "签发：",
        ):  # fmt: skip
            assert wanted in words, (form, wanted)


def test_a_preview_says_draft_on_it_and_has_no_number() -> None:
    notice = notice_drafted()
    words = _words(notice, "notice", "pdf")
    assert "草稿" in words
    assert "未编号" in words
    assert "〔" not in words


def test_a_preview_of_a_draft_without_its_dates_says_what_is_missing() -> None:
    with pytest.raises(NoticeRefused) as refused:
        _words(notice_drafted(meets_at=None), "notice", "pdf")
    assert refused.value.field == "meets_at"


def test_an_issued_paper_is_handed_out_as_it_was_frozen_whatever_changes_later() -> None:
    notice = notice_issued()
    frozen = bytes(NoticeDocument.objects.get(notice=notice, form="pdf").data)
    type(notice.unit).objects.filter(pk=notice.unit_id).update(name="皇城分驻所")
    file = services.document_read(officer=officer(Role.CENTRE), notice=fresh(notice), paper="notice", form="pdf")
    assert file.data == frozen
    assert file.name == "约谈通知书 沈公民约〔2024〕1号.pdf"


def test_a_void_notice_is_handed_out_as_void_and_what_was_issued_is_kept() -> None:
    notice = notice_issued()
    services.notice_void(officer=officer(Role.LEADER), notice_id=notice.pk, note="认定有误", now=HELD)
    assert "作废" in _words(notice, "notice", "pdf")
    assert "沈公民约〔2024〕1号" in _words(notice, "notice", "docx")
    assert NoticeDocument.objects.filter(notice=notice).count() == 4


def test_a_slip_is_blank_before_the_service_and_filled_in_after_it() -> None:
    notice = notice_issued()
    assert "周立新" not in _words(notice, "slip", "pdf")
    refused = serve(notice, recipient="", refusal_reason="称负责人外出", witnesses="陈明、李方")
    words = _words(refused, "slip", "pdf")
    for wanted in ("拒绝签收", "称负责人外出", "陈明、李方", "直接送达", "2024年5月19日22时10分"):
        assert wanted in words


def test_a_record_has_both_sides_and_what_was_asked_and_promised() -> None:
    words = _words(notice_held(), "record", "pdf")
    for wanted in ("为什么逾期", "警力安排不够及时", "办结全部逾期事项", "按期整改", "纪检室主任", "郑平"):
        assert wanted in words


@pytest.mark.usefixtures("papers_unread")
def test_there_is_no_record_before_the_interview_and_no_slip_before_the_signature() -> None:
    with pytest.raises(Http404):
        _words(notice_issued(), "record", "pdf")
    with pytest.raises(Http404):
        _words(notice_drafted(), "slip", "pdf")


# Taking one is written down -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("paper", "form", "kind"),
    [
        ("paper", "pdf", "application/pdf"),
        ("paper", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("slip", "pdf", "application/pdf"),
        ("record", "docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ],
)
def test_each_download_is_an_audit_row_and_runs_nothing_in_the_browser(paper: str, form: str, kind: str) -> None:
    notice, who = notice_held(), officer(Role.CENTRE)
    answer: Any = logged_in(who).get(reverse(f"notices:{paper}", args=[notice.pk, form]))
    assert (answer.status_code, answer["Content-Type"]) == (200, kind)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    row = AuditEvent.objects.get(action="notice.download")
    assert (row.actor, row.object_id) == (who, str(notice.pk))
    assert row.data == {"paper": {"paper": "notice"}.get(paper, paper), "form": form}


def test_a_look_at_a_draft_is_another_act() -> None:
    notice = notice_drafted()
    logged_in(officer(Role.DISCIPLINE)).get(reverse("notices:paper", args=[notice.pk, "pdf"]))
    assert AuditEvent.objects.filter(action="notice.preview").count() == 1


@pytest.mark.usefixtures("papers_unread")
def test_the_attached_pdf_of_a_plan_comes_back_as_it_was_handed_in() -> None:
    notice = notice_reported()
    plan, report = (
        reverse("notices:attachment", args=[notice.pk, notice.papers.get(kind=kind).pk]) for kind in ("plan", "report")
    )
    answer: Any = logged_in(head_of()).get(plan)
    assert answer.content == b"%PDF-1.7 plan"
    assert logged_in(head_of()).get(report).status_code == 404


@pytest.mark.usefixtures("papers_unread")
def test_an_unknown_form_of_paper_is_not_there() -> None:
    notice = notice_issued()
    assert logged_in(officer(Role.CENTRE)).get(f"/office/notices/{notice.pk}/notice.exe").status_code == 404


@pytest.mark.usefixtures("papers_unread")
def test_the_record_form_starts_from_what_is_known() -> None:
    notice = serve(notice_issued())
    page = logged_in(officer(Role.CENTRE)).get(reverse("notices:hold", args=[notice.pk])).content.decode()
    assert "周立新" in page
    assert "2024-05-22T09:30" in page
    assert record().talk not in page
