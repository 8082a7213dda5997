"""The queue's pages: their order, their paging, their filters, what is marked, and what they cost."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent, Role
from feedback.models import Attachment, Channel, CodeState, Feedback, Kind, State
from feedback.queue.forms import reference_parse
from feedback.queue.highlight import marked, spans_of_terms, spans_of_words
from feedback.queue.similar import likeness
from feedback.services import feedback_remark
from opinion_portal import clock
from opinion_portal.cells import cell_plain
from stations.models import SensingPoint
from tests.feedback.queue_cast import centre, confirm, logged_in, officer, suggest, two_points, voice

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return logged_in(centre())


def _many(number: int, **fields: object) -> list[int]:
    now = clock.now()
    made = Feedback.objects.bulk_create(
        Feedback(
            client_key=f"{fields}-{index}".encode(),
            channel=Channel.QR,
            code_state=CodeState.NONE,
            content=f"第{index}条",
            said_at=now,
            **fields,
        )
        for index in range(number)
    )
    return [one.pk for one in made]


def _ids(client: Client, **query: Any) -> list[int]:
    return [row.id for row in client.get(reverse("queue:list"), query).context["page"].rows]


# Order and paging -------------------------------------------------------------------------------------------------


def test_the_pile_is_worked_off_oldest_first_and_other_views_show_the_newest_first(client: Client) -> None:
    pile, done = _many(3), _many(3, state=State.INVALID)
    assert _ids(client) == pile
    assert _ids(client, state="invalid") == done[::-1]
    assert _ids(client, state="any") == sorted(pile + done, reverse=True)


@pytest.mark.parametrize("state", ["received", "any"])
def test_pages_follow_one_another_without_gap_or_repetition_and_lead_back(client: Client, state: str) -> None:
    expected = _many(120)
    expected = expected if state == "received" else expected[::-1]
    pages, key = [], None
    while True:
        query = {"state": state, **({"after": key} if key else {})}
        page = client.get(reverse("queue:list"), query).context["page"]
        pages.append([row.id for row in page.rows])
        key = page.next_key
        if key is None:
            break
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [number for page in pages for number in page] == expected
    back = client.get(reverse("queue:list"), {"state": state, "before": pages[2][0]}).context["page"]
    assert [row.id for row in back.rows] == pages[1]
    first = client.get(reverse("queue:list"), {"state": state, "before": pages[1][0]}).context["page"]
    assert [row.id for row in first.rows] == pages[0]
    assert first.previous_key is None


def test_counts_stop_at_a_thousand(client: Client) -> None:
    _many(1001)
    assert str(client.get(reverse("queue:list")).context["page"].count) == "1,000+"


def test_emergencies_stand_on_top_unseen_first_and_not_twice(client: Client) -> None:
    plain = _many(2)
    seen = _many(1, urgent_words=["救命"], urgent_seen_at=clock.now())
    unseen = _many(1, urgent_words=["着火"])
    page = client.get(reverse("queue:list")).context["page"]
    assert [row.id for row in page.alerts] == unseen + seen
    assert [row.id for row in page.rows] == plain
    assert str(page.count) == "4"
    later = client.get(reverse("queue:list"), {"after": plain[0]}).context["page"]
    assert not later.alerts


def test_a_new_alarm_on_a_decided_voice_comes_back_to_the_top(client: Client) -> None:
    feedback = confirm(suggest(voice()), None, Kind.SUGGESTION, "T1")
    feedback_remark(feedback=feedback, content="他正在拿刀砍人，救命")
    page = client.get(reverse("queue:list")).context["page"]
    assert [row.id for row in page.alerts] == [feedback.pk]


def test_after_a_decision_the_next_in_the_same_list_opens_an_emergency_first(client: Client) -> None:
    first, second, third = (suggest(voice()) for _ in range(3))
    alarm = _many(1, urgent_words=["救命"])[0]
    decide = {"decision": "invalid", "reason": "test", "expected": ""}
    answer = client.post(reverse("queue:decide", args=[first.pk]) + "?state=received", decide)
    assert answer["Location"] == reverse("queue:detail", args=[alarm]) + "?state=received"
    client.post(reverse("queue:decide", args=[alarm]), decide | {"urgent_words_read": "1"})
    answer = client.post(reverse("queue:decide", args=[second.pk]), decide)
    assert answer["Location"] == reverse("queue:detail", args=[third.pk])
    answer = client.post(reverse("queue:decide", args=[third.pk]), decide)
    assert answer["Location"] == reverse("queue:list")
    assert "All done" in client.get(answer["Location"]).content.decode()


def test_an_old_letter_keeps_its_words_of_danger_and_is_no_emergency(client: Client) -> None:
    said_at = clock.now() - timedelta(days=2000)
    old = voice("我现在就想自杀，没有人管我", channel=Channel.IMPORT, said_at=said_at)
    page = client.get(reverse("queue:list")).context["page"]
    assert ([row.id for row in page.alerts], [row.id for row in page.rows]) == ([], [old.pk])
    assert client.get(reverse("queue:alerts")).context["unseen"] == 0
    letter = client.get(reverse("queue:detail", args=[old.pk])).content.decode()
    assert 'class="mark-urgent"' in letter
    assert "so it raised no alert" in letter
    assert "banner-danger" not in letter


# Filters and search -----------------------------------------------------------------------------------------------


def test_each_filter_keeps_what_it_names(client: Client) -> None:
    here, there = two_points()
    found = suggest(voice("广场舞太吵", here, service_rating=2, kind=Kind.COMPLAINT), "P1")
    Feedback.objects.filter(pk=found.pk).update(
        channel=Channel.IMPORT, code_state=CodeState.REVOKED, said_at=clock.now() - timedelta(days=9)
    )
    Attachment.objects.create(feedback=found, position=1, media_type="image/jpeg", width=1, height=1, data=b"x")
    suggest(voice("路口太堵", there, service_rating=5, kind=Kind.SUGGESTION), "T2")
    day = clock.bureau_day(clock.now() - timedelta(days=9))
    for query in (
        {"channel": "import"},
        {"kind": "complaint"},
        {"item": "P1"},
        {"point": here.pk},
        {"station": here.station_id},
        {"code_state": "revoked"},
        {"rating": "2"},
        {"rating": "low"},
        {"photo": "on"},
        {"since": f"{day}", "until": f"{day}"},
        {"search": "广场舞"},
        {"search": "吵 广场"},
    ):
        assert _ids(client, **query) == [found.pk], query


def test_the_item_filter_finds_what_is_decided_and_what_is_only_suggested(client: Client) -> None:
    suggested = suggest(voice(), "P2")
    decided = confirm(suggest(voice(), "T1"), None, Kind.SUGGESTION, "P2")
    corrected = confirm(suggest(voice(), "P2"), None, Kind.SUGGESTION, "T1")
    assert set(_ids(client, item="P2", state="any")) == {suggested.pk, decided.pk}
    assert corrected.pk in _ids(client, item="T1", state="any")


def test_a_search_looks_in_all_states_and_only_in_redacted_words(client: Client) -> None:
    done = confirm(suggest(voice("张三家的狗没牵绳")), None, Kind.SUGGESTION, "P2")
    assert _ids(client, search="牵绳") == [done.pk]
    secret = suggest(voice("电话13912345678，狗没牵绳"))
    assert _ids(client, search="13912345678") == []
    assert set(_ids(client, search="狗")) == {done.pk, secret.pk}


@pytest.mark.parametrize("search", ["'", "\\", "' | 'x", "的", "!!!", "a & b:*", "\0", "％", "路 " * 60])
def test_no_search_breaks_the_page(client: Client, search: str) -> None:
    suggest(voice())
    assert client.get(reverse("queue:list"), {"search": search}).status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        {"state": "x"},
        {"point": "x"},
        {"point": "9" * 30},
        {"since": "x"},
        {"since": "9999-12-31"},
        {"until": "9999-12-31"},
        {"until": "0001-01-01"},
        {"after": "-1"},
        {"after": "٣"},
        {"after": "9" * 40},
        {"before": "x"},
        {"visit": "x"},
        {"visit": "9" * 25},
        {"rating": "7"},
        {"item": "'"},
    ],
)
def test_a_filter_that_cannot_be_read_does_not_break_the_page(client: Client, query: dict[str, Any]) -> None:
    assert client.get(reverse("queue:list"), query).status_code == 200
    assert client.get(reverse("queue:export"), query).status_code == 200


def test_a_number_typed_into_the_search_opens_that_message(client: Client) -> None:
    feedback = voice()
    answer = client.get(reverse("queue:list"), {"search": f" f-{feedback.pk} "})
    assert answer["Location"] == reverse("queue:detail", args=[feedback.pk])


@pytest.mark.parametrize(
    ("typed", "number"),
    [("F-00001234", 1234), ("f1234", 1234), ("1234", 1234), ("Ｆ-0012", 12), ("F-", None), ("F-12a", None), ("", None)],
)
def test_a_reference_is_read_as_people_type_it(typed: str, number: int | None) -> None:
    assert reference_parse(typed) == number


# The page of one voice ----------------------------------------------------------------------------------------------


def test_the_words_that_led_to_the_suggestion_are_marked(client: Client) -> None:
    feedback = suggest(voice("楼下消防通道天天被车堵着"), "T1", words=["消防通道"])
    page = client.get(reverse("queue:detail", args=[feedback.pk])).content.decode()
    assert '楼下<mark class="mark-word">消防通道</mark>天天被车堵着' in page


def test_what_a_resident_writes_is_never_markup(client: Client) -> None:
    nasty = "<script>alert(1)</script><b onclick=x>消防通道</b>"
    feedback = suggest(voice(nasty), "T1", words=["消防通道", "<b"])
    feedback_remark(feedback=feedback, content="<img src=x onerror=y>")
    for address in (reverse("queue:detail", args=[feedback.pk]), reverse("queue:list")):
        page = client.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<b onclick" not in page
        assert "<img src=x" not in page


def test_marks_survive_overlaps_wrong_places_and_wrong_words() -> None:
    words = [{"word": "bcd", "start": 1}, {"word": "cde", "start": 2}, {"word": "zz", "start": 0}]
    words += [{"word": "e", "start": 99}, {"word": "", "start": 0}]
    assert marked("abcde", spans_of_words("abcde", words, "w")) == 'a<mark class="w">bcd</mark>e'
    assert marked("<&>", spans_of_terms("<&>", ["&"], "u")) == '&lt;<mark class="u">&amp;</mark>&gt;'
    assert marked("", []) == ""


def test_only_that_a_number_is_sealed_is_shown_never_the_number(client: Client) -> None:
    feedback = voice(phone="13912345678", no_call=True)
    page = client.get(reverse("queue:detail", args=[feedback.pk])).content.decode()
    assert "A phone number is sealed" in page
    assert "No phone call, please" in page
    assert "13912345678" not in page


def test_the_history_tells_who_did_what(client: Client) -> None:
    feedback = suggest(voice())
    confirm(feedback, None, Kind.SUGGESTION, "T2")
    answer = client.get(reverse("queue:detail", args=[feedback.pk]))
    told = [(line.who != "", line.what) for line in answer.context["story"]]
    assert told == [(False, "came in"), (False, "the classifier suggested"), (True, "Confirmed")]
    again = client.get(reverse("queue:detail", args=[feedback.pk]))
    assert [reader.times for reader in again.context["readers"]] == [1]


def test_alike_messages_are_offered_and_unlike_ones_are_not(client: Client) -> None:
    here, there = two_points()
    first = suggest(voice("小区南门消防通道天天被私家车堵住", here))
    again = suggest(voice("南门消防通道又被私家车堵住了", here))
    suggest(voice("办身份证的窗口很热情", here))
    suggest(voice("流浪狗太多", there))
    similar = client.get(reverse("queue:detail", args=[again.pk])).context["similar"]
    assert [one.feedback.pk for one in similar] == [first.pk]
    assert similar[0].same_point


def test_two_messages_under_one_sealed_number_are_told_without_opening_it(client: Client) -> None:
    first = suggest(voice("流浪狗太多", phone="13912345678"))
    again = suggest(voice("窗口排队久", phone="13912345678"))
    similar = client.get(reverse("queue:detail", args=[again.pk])).context["similar"]
    assert [(one.feedback.pk, one.same_sender) for one in similar] == [(first.pk, True)]


def test_the_beginnings_of_similar_messages_are_read_on_record(client: Client) -> None:
    here, _there = two_points()
    first, again = (suggest(voice("南门消防通道被私家车堵住", here)) for _ in range(2))
    client.get(reverse("queue:detail", args=[again.pk]))
    assert AuditEvent.objects.get(action="feedback.view").data["also"] == [first.pk]


def test_likeness_is_the_share_of_common_words() -> None:
    assert likeness(["消防通道", "南门", "的"], ["消防通道", "北门", "的"]) == pytest.approx(1 / 3)
    assert likeness([], []) == 0.0


def test_a_photo_cannot_be_taken_for_anything_else(client: Client) -> None:
    feedback = voice()
    Attachment.objects.create(feedback=feedback, position=1, media_type="text/html", width=1, height=1, data=b"<b>")
    answer = client.get(reverse("queue:photo", args=[feedback.pk, 1]))
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.get(action="feedback.photo_view").data == {"position": 1}
    assert client.get(reverse("queue:photo", args=[feedback.pk, 2])).status_code == 404


def test_no_browser_keeps_a_page_with_words(client: Client) -> None:
    feedback = voice()
    for name, args in (("list", []), ("detail", [feedback.pk]), ("export", [])):
        assert "no-store" in client.get(reverse(f"queue:{name}", args=args))["Cache-Control"]


@pytest.mark.parametrize("name", ["decide", "alert_seen", "accept"])
def test_an_act_is_never_done_by_a_link(client: Client, name: str) -> None:
    args = [] if name == "accept" else [voice().pk]
    assert client.get(reverse(f"queue:{name}", args=args)).status_code == 405


def test_a_number_that_never_was_does_not_exist(client: Client) -> None:
    for name in ("detail", "decide", "alert_seen"):
        address = reverse(f"queue:{name}", args=[999999])
        assert (client.get(address) if name == "detail" else client.post(address)).status_code == 404


# Export -----------------------------------------------------------------------------------------------------------


def test_the_export_is_a_csv_that_says_who_took_it(client: Client) -> None:
    feedback = suggest(voice("=1+1 消防通道"))
    answer = client.get(reverse("queue:export"))
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[1][0] == feedback.reference
    assert lines[1][12] == "'=1+1 消防通道"
    number = AuditEvent.objects.get(action="feedback.export").pk
    assert f"audit number {number}" in lines[-1][0]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "\n=1", "＝1"])
def test_no_cell_of_the_export_is_a_formula(text: str) -> None:
    assert cell_plain(text).startswith("'")
    assert cell_plain("安全") == "安全"
    assert cell_plain(None) == ""


# What it costs ----------------------------------------------------------------------------------------------------


def _statements(client: Client, address: str, **query: Any) -> int:
    client.get(address, query)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, query).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "query",
    [{}, {"state": "any"}, {"search": "条"}, {"item": "P1", "photo": "on"}, {"after": "1"}, {"before": "9999999"}],
)
def test_a_page_of_the_queue_is_at_most_ten_statements(client: Client, query: dict[str, Any]) -> None:
    _many(60, point=SensingPoint.objects.first())
    _many(3, urgent_words=["救命"])
    assert _statements(client, reverse("queue:list"), **query) <= 10


def test_a_units_page_is_at_most_ten_statements() -> None:
    point = two_points()[0]
    for _ in range(3):
        confirm(suggest(voice(point=point)), None, Kind.SUGGESTION, "T1")
    assert _statements(logged_in(officer(Role.STATION_OFFICER, point.station)), reverse("queue:list")) <= 10


def test_the_question_for_alerts_is_three_statements_and_keeps_no_login_alive(client: Client) -> None:
    before = clock.now() + timedelta(minutes=5)
    Session.objects.update(expire_date=before)
    assert _statements(client, reverse("queue:alerts")) <= 3
    assert Session.objects.get().expire_date == before
    client.get(reverse("queue:list"))
    assert Session.objects.get().expire_date > before


def _plan(wanted: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {wanted}")
        return "\n".join(line for (line,) in cursor.fetchall())


def test_page_and_alerts_are_found_by_their_indexes(client: Client) -> None:
    _many(3000)
    _many(3000, state=State.INVALID)
    _many(5, urgent_words=["救命"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE feedback_feedback")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("queue:list"))
    alerts, rows = [query["sql"] for query in queries if 'AS "has_photo"' in query["sql"]]
    assert "feedback_alert_idx" in _plan(alerts)
    assert "Sort" not in _plan(rows)
