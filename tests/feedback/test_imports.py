"""An import: every row accounted for, stored once, whoever interrupts it."""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Officer, Role, Unit
from feedback.imports import services
from feedback.imports.services import (
    ImportElsewhere,
    import_begin,
    import_run,
    import_start,
    import_upload,
    imports_continue,
    uploads_forget,
)
from feedback.models import Feedback, ImportBatch, ImportNote, SealedContact, State
from feedback.services import feedback_submit, feedback_withdraw
from opinion_portal import clock
from stations.models import SensingPoint
from tests.feedback.queue_cast import logged_in, officer

LETTERS = "编号,标题,内容,时间\n" + "".join(
    f"L{n},路灯问题,第{n}盏路灯坏了,2024/5/{n % 28 + 1} 08:30:00\n" for n in range(1, 31)
)
Run = ImportBatch.State


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    path = tmp_path / "letters.csv"
    path.write_text(LETTERS, encoding="utf-8")
    return path


def run(path: Path, *arguments: str) -> str:
    out = io.StringIO()
    call_command("import_feedback", str(path), *arguments, stdout=out, stderr=out)
    return out.getvalue()


def take(tmp_path: Path, text: str, *arguments: str) -> ImportBatch:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    run(path, *arguments)
    return ImportBatch.objects.latest("id")


def notes(batch: ImportBatch) -> list[tuple[int, str, str, bool]]:
    return list(batch.notes.order_by("row", "id").values_list("row", "field", "reason", "is_refused"))


def doubles(batch: ImportBatch) -> list[tuple[int, int | None]]:
    return list(batch.notes.filter(reason="double_in_file").order_by("row").values_list("row", "same_as_row"))


def counts(batch: ImportBatch) -> tuple[int, int, int, int]:
    return (batch.rows_read, batch.rows_taken, batch.rows_known, batch.rows_refused)


# The command -----------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_every_letter_becomes_a_voice_with_its_time_and_number(letters: Path) -> None:
    assert "read 30 = taken 30 + already there 0 + refused 0" in run(letters)
    first = Feedback.objects.get(source_id="L1")
    assert first.content == "路灯问题\n第1盏路灯坏了"
    assert (first.channel, first.state, first.import_batch) == ("import", State.RECEIVED, ImportBatch.objects.get())
    assert f"{first.said_at.astimezone(clock.BUREAU_ZONE):%Y-%m-%d %H:%M}" == "2024-05-02 08:30"
    assert not hasattr(first, "receipt")
    assert AuditEvent.objects.filter(action="feedback.submit", object_id=first.pk).count() == 1


@pytest.mark.django_db
def test_the_same_file_twice_stores_every_row_once(letters: Path) -> None:
    run(letters)
    assert "taken 0 + already there 30" in run(letters)
    assert Feedback.objects.count() == 30


@pytest.mark.django_db
def test_a_renamed_file_of_the_same_source_stores_nothing_twice(letters: Path, tmp_path: Path) -> None:
    run(letters, "--source", "12345 热线")
    renamed = letters.rename(tmp_path / "letters (1).csv")
    assert "already there 30" in run(renamed, "--source", "12345 热线")


@pytest.mark.django_db
def test_rows_without_a_number_are_known_by_what_they_say(tmp_path: Path) -> None:
    text = "评价,时间\n5,2024-05-01\n5,2024-05-01\n4,2024-05-02\n"
    assert counts(take(tmp_path, text)) == (3, 3, 0, 0)  # two people may give the same grade on the same day
    assert counts(take(tmp_path, text)) == (3, 0, 3, 0)
    assert counts(take(tmp_path, f"{text}5,2024-05-01\n")) == (4, 1, 3, 0)


@pytest.mark.django_db
def test_a_number_that_belongs_to_another_text_is_refused_not_lost(tmp_path: Path) -> None:
    batch = take(tmp_path, "id,text\n1,路灯坏了\n1,停车太乱\n1,路灯坏了\n")
    assert counts(batch) == (3, 1, 0, 2)
    assert notes(batch) == [(3, "source_id", "number_used", True), (4, "row", "double_in_file", True)]


@pytest.mark.django_db
def test_a_row_that_comes_again_in_one_file_is_called_its_double_and_the_first_is_named(tmp_path: Path) -> None:
    text = "id,text\n1,路灯坏了\n2,停车太乱\n\n1,路灯坏了\n1,路灯坏了\n"
    report = tmp_path / "report.csv"
    batch = take(tmp_path, text, "--report", str(report))
    assert counts(batch) == (4, 2, 0, 2)
    assert doubles(batch) == [(5, 2), (6, 2)]
    assert "第 2 行" in report.read_text(encoding="utf-8-sig")


@pytest.mark.django_db
def test_a_double_in_the_file_stays_one_when_the_file_comes_again(tmp_path: Path) -> None:
    text = "id,text\n1,路灯坏了\n1,路灯坏了\n"
    take(tmp_path, text)
    batch = take(tmp_path, text)
    assert counts(batch) == (2, 0, 1, 1)
    assert doubles(batch) == [(3, 2)]


@pytest.mark.django_db
def test_a_row_that_repeats_a_refused_row_is_no_double(tmp_path: Path) -> None:
    batch = take(tmp_path, "id,text,time\n1,路灯坏了,昨天\n1,路灯坏了,2024-05-01\n")
    assert counts(batch) == (2, 1, 0, 1)
    assert doubles(batch) == []


@pytest.mark.django_db
def test_the_command_says_how_many_rows_are_doubles_of_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,text\n1,路灯坏了\n1,路灯坏了\n", encoding="utf-8")
    assert "refused 1 (1 of them double a row of this file)" in run(path)


@pytest.mark.django_db
def test_a_file_whose_text_is_not_recognised_is_refused_before_a_row_is_taken(tmp_path: Path) -> None:
    text = "工单编号,满意度,诉求全文\n1,5,路灯坏了\n"
    with pytest.raises(CommandError, match="No column is taken for the text") as caught:
        take(tmp_path, text)
    said = str(caught.value)
    assert "#3 诉求全文 (not used)" in said
    assert '--map "诉求全文=content"' in said
    assert "--no-text" in said
    assert not ImportBatch.objects.exists()
    take(tmp_path, text, "--map", "诉求全文=content")
    assert Feedback.objects.get().content == "路灯坏了"


@pytest.mark.django_db
def test_titles_alone_are_not_taken_for_letters_unawares(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match='--map "标题=content"'):
        take(tmp_path, "标题,原文\n路灯,第3盏路灯坏了\n")
    take(tmp_path, "标题,原文\n路灯,第3盏路灯坏了\n", "--map", "原文=content")
    assert Feedback.objects.get().content == "路灯\n第3盏路灯坏了"


@pytest.mark.django_db
def test_ratings_without_a_text_are_taken_when_one_says_that_there_is_none(tmp_path: Path) -> None:
    assert counts(take(tmp_path, "满意度,窗口\n5,3\n", "--no-text")) == (1, 1, 0, 0)
    assert Feedback.objects.get().service_rating == 5


@pytest.mark.django_db
def test_no_text_does_not_help_a_file_without_ratings(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No column is taken for the text"):
        take(tmp_path, "甲,乙\n1,2\n", "--no-text")


@pytest.mark.django_db
def test_a_letter_from_a_letter_box_of_the_office_is_read_under_its_own_headers(tmp_path: Path) -> None:
    take(
        tmp_path,
        "序号,来信编号,来信标题,来信内容,来信时间,来信人,来信人电话,是否同意回访,回复内容\n"
        "1,X7,路灯,第3盏路灯坏了,2024-05-01 09:10,某人,13900001111,是,已转办\n",
    )
    letter = Feedback.objects.get()
    assert (letter.source_id, letter.content) == ("X7", "路灯\n第3盏路灯坏了")
    assert f"{letter.said_at.astimezone(clock.BUREAU_ZONE):%m-%d %H:%M}" == "05-01 09:10"
    assert SealedContact.objects.filter(feedback=letter).exists()


@pytest.mark.django_db
def test_a_letter_that_was_withdrawn_does_not_come_back(tmp_path: Path) -> None:
    take(tmp_path, "id,text\n1,路灯坏了\n")
    feedback_withdraw(feedback=Feedback.objects.get())
    assert counts(take(tmp_path, "id,text\n1,路灯坏了\n")) == (1, 0, 1, 0)
    assert Feedback.objects.get().content == ""


@pytest.mark.django_db
def test_every_row_not_taken_stands_in_the_report_with_its_reason(tmp_path: Path) -> None:
    future = f"{clock.now() + timedelta(days=3):%Y-%m-%d}"
    batch = take(
        tmp_path,
        "id,text,time,rating,kind\n"
        "1,好,2024-05-01,5,表扬\n"
        "2,,2024-05-01,,\n"
        "3,好,昨天,5,\n"
        f"4,好,{future},5,\n"
        "5,好,2024-05-01,7,\n"
        "6,好,2024-05-01,5,吐槽\n"
        "7,好,2024-05-01,5,,多余\n"
        f"8,{'长' * 100_001},2024-05-01,5,\n",
    )
    assert counts(batch) == (8, 2, 0, 6)
    assert notes(batch) == [
        (3, "content", "says_nothing", True),
        (4, "said_at", "time_unreadable", True),
        (5, "said_at", "time_out_of_range", True),
        (6, "service_rating", "grade_unreadable", True),
        (7, "kind", "kind_unknown", False),
        (8, "row", "more_cells_than_columns", True),
        (9, "content", "text_too_long", True),
    ]


@pytest.mark.django_db
def test_a_long_letter_is_kept_whole(tmp_path: Path) -> None:
    take(tmp_path, f"id,text\n1,{'长' * 20_000}\n")
    assert len(Feedback.objects.get().content) == 20_000


@pytest.mark.django_db
def test_the_report_names_no_words_and_runs_no_formula(tmp_path: Path) -> None:
    report = tmp_path / "report.csv"
    take(tmp_path, 'id,text,time\n=1+1,张三住在某某路,"坏"\n@SUM(A1),李四,坏\n', "--report", str(report))
    text = report.read_text(encoding="utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 3
    assert [row[1] for row in rows[1:]] == ["'=1+1", "'@SUM(A1)"]
    assert "张三" not in text


@pytest.mark.django_db
def test_a_phone_number_is_sealed_where_its_owner_agreed_and_nowhere_else(tmp_path: Path) -> None:
    batch = take(tmp_path, "id,text,phone,consent\n1,路灯,13900001111,是\n2,停车,13900002222,\n3,噪声,1.39E+10,是\n")
    assert counts(batch) == (3, 3, 0, 0)
    assert [contact.feedback.source_id for contact in SealedContact.objects.all()] == ["1"]
    assert notes(batch) == [(3, "phone", "phone_without_consent", False), (4, "phone", "phone_unreadable", False)]
    with connection.cursor() as cursor:
        for table in ("feedback_feedback", "feedback_sealedcontact", "feedback_importnote", "accounts_auditevent"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%%1390000%%'")  # noqa: S608
            assert cursor.fetchone() == (0,), table


@pytest.mark.django_db
def test_a_point_is_known_by_its_code_its_name_or_its_poster(tmp_path: Path) -> None:
    point = SensingPoint.objects.order_by("code")[0]
    poster = point.codes.get(revoked_at=None)
    take(tmp_path, f"id,text,point\n1,甲,{point.code}\n2,乙,{point.name}\n3,丙,{poster.code}\n4,丁,没有的点\n")
    found = dict(Feedback.objects.values_list("source_id", "point_id"))
    assert found == {"1": point.pk, "2": point.pk, "3": point.pk, "4": None}
    assert Feedback.objects.get(source_id="4").code_state == "unknown"


@pytest.mark.django_db
def test_ratings_collected_with_gifts_are_marked(tmp_path: Path) -> None:
    take(tmp_path, "评价\n5\n", "--rated-out")
    feedback = Feedback.objects.get()
    assert (feedback.is_rated_out, feedback.state) == (True, State.RATED)


@pytest.mark.django_db
def test_an_emergency_in_a_letter_is_marked_like_any_other(tmp_path: Path) -> None:
    take(tmp_path, "id,text\n1,楼下有人持刀砍人，快来\n")
    assert Feedback.objects.get().is_urgent


@pytest.mark.django_db
def test_a_dry_run_says_what_would_happen_and_stores_nothing(letters: Path, tmp_path: Path) -> None:
    assert "Would have read 30 = taken 30" in run(letters, "--dry-run")
    assert not Feedback.objects.exists()
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
def test_a_mapping_by_option_names_columns_or_positions(tmp_path: Path) -> None:
    batch = take(tmp_path, "甲,乙\n1,路灯坏了\n", "--map", "甲=source_id", "--map", "#2=content")
    assert counts(batch) == (1, 1, 0, 0)
    assert Feedback.objects.get().source_id == "1"


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        ("甲,乙\n1,2\n", [], "No column is taken for the text"),
        ("text\n好\n", ["--map", "nothing=content"], "there is no 'nothing'"),
        ("text\n好\n", ["--officer", "nobody"], "no account 'nobody'"),
        ("", [], "empty"),
        ('text\n"好\n', [], "quotation mark"),
    ],
)
@pytest.mark.django_db
def test_a_mistake_is_said_in_one_line_and_stores_nothing(
    tmp_path: Path, text: str, arguments: list[str], message: str
) -> None:
    with pytest.raises(CommandError, match=message):
        take(tmp_path, text, *arguments)
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db
def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing.csv")


@pytest.mark.django_db
def test_rows_are_stored_in_the_name_of_the_officer_given(letters: Path) -> None:
    who = officer(Role.CENTRE)
    run(letters, "--officer", who.username)
    assert AuditEvent.objects.filter(action="feedback.submit", actor=who).count() == 30


# Interrupted, doubled, refused -------------------------------------------------------------------------------------
def begin(path: Path, *, rows: int = 30) -> tuple[ImportBatch, io.BytesIO]:
    data = path.read_bytes()
    stream = io.BytesIO(data)
    batch = import_begin(
        name=path.name,
        digest=services.digest_of(stream),
        source="test",
        columns={"source_id": [0], "title": [1], "content": [2], "said_at": [3]},
        rows_total=rows,
        is_rated_out=False,
        actor=None,
    )
    return batch, stream


@pytest.mark.django_db(transaction=True)
def test_a_run_that_broke_off_goes_on_where_it_stopped(letters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CHUNK", 7)
    batch, stream = begin(letters)

    class Killed(BaseException):
        pass

    def killed_after_two_chunks(_rows: int, done: list[int] = []) -> None:  # noqa: B006  # counts its calls
        done.append(1)
        if len(done) == 3:
            raise Killed

    with pytest.raises(Killed):
        import_run(batch=batch, stream=stream, actor="system", advance=killed_after_two_chunks)
    again, stream = begin(letters)
    assert (again.pk, again.rows_read) == (batch.pk, 14)
    assert counts(import_run(batch=again, stream=stream, actor="system")) == (30, 30, 0, 0)
    assert Feedback.objects.count() == 30


@pytest.mark.django_db(transaction=True)
def test_a_command_killed_half_way_and_run_again_stores_every_row_once(tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    path.write_text("id,text\n" + "".join(f"{n},第{n}盏路灯坏了\n" for n in range(6000)), encoding="utf-8")
    command = [sys.executable, "manage.py", "import_feedback", str(path), "--report", str(tmp_path / "report.csv")]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not Feedback.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    stored = Feedback.objects.count()
    assert 0 < stored < 6000
    assert ImportBatch.objects.get().rows_read == stored
    run(path, "--report", str(tmp_path / "report.csv"))
    batch = ImportBatch.objects.get()
    assert (counts(batch), batch.state) == ((6000, 6000, 0, 0), Run.FINISHED)
    assert Feedback.objects.count() == 6000


@pytest.mark.django_db(transaction=True)
def test_two_runs_of_one_batch_count_no_row_twice(letters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "CHUNK", 5)
    batch, _ = begin(letters)

    def work(_number: int) -> str:
        try:
            import_run(
                batch=ImportBatch.objects.get(pk=batch.pk), stream=io.BytesIO(letters.read_bytes()), actor="system"
            )
        except ImportElsewhere:
            return "elsewhere"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(3) as pool:
        outcomes = list(pool.map(work, range(3)))
    batch.refresh_from_db()
    assert "done" in outcomes
    assert counts(batch) == (30, 30, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_the_database_refuses_does_not_take_its_chunk_with_it(letters: Path) -> None:
    batch, stream = begin(letters)
    real = feedback_submit

    def submit(*, voice: Any, actor: Any) -> Any:
        if voice.source_id == "L7":
            with connection.cursor() as cursor:
                cursor.execute("SELECT 'x'::int")  # fails in the database, as a bad row would
        return real(voice=voice, actor=actor)

    with mock.patch.object(services, "feedback_submit", submit):
        import_run(batch=batch, stream=stream, actor="system")
    batch.refresh_from_db()
    assert counts(batch) == (30, 29, 0, 1)
    assert notes(batch) == [(8, "row", "database_refused", True)]


@pytest.mark.django_db
def test_the_database_itself_demands_that_the_counts_add_up(letters: Path) -> None:
    from django.db import IntegrityError

    batch, _ = begin(letters)
    with pytest.raises(IntegrityError):
        ImportBatch.objects.filter(pk=batch.pk).update(rows_read=1)


# By the page -------------------------------------------------------------------------------------------------------
PAGE = "/office/imports/"


@pytest.fixture
def centre(db: None) -> Officer:
    return officer(Role.CENTRE)


def upload(client: Client, text: str | bytes = LETTERS, name: str = "letters.csv", **fields: str) -> Any:
    file = io.BytesIO(text.encode() if isinstance(text, str) else text)
    file.name = name
    return client.post(PAGE, {"file": file, "source": "12345", **fields})


def choices(**fields: str) -> dict[str, str]:
    known = {"column_0": "source_id", "column_1": "title", "column_2": "content", "column_3": "said_at"}
    return known | fields


def test_the_page_shows_what_it_recognised_before_anything_is_stored(centre: Officer) -> None:
    client = logged_in(centre)
    answer = upload(client)
    batch = ImportBatch.objects.get()
    assert answer.status_code == 302
    page = client.get(answer["Location"]).content.decode()
    assert "第1盏路灯坏了" in page
    assert "30 rows, 4 of 4 columns recognised" in page
    assert not Feedback.objects.exists()
    assert (batch.state, batch.officer) == (Run.UPLOADED, centre)
    assert AuditEvent.objects.filter(action="import.preview", actor=centre).exists()


def test_a_waiting_file_is_kept_encrypted(centre: Officer) -> None:
    upload(logged_in(centre), "id,text,phone\n1,路灯,13900001111\n")
    data = bytes(ImportBatch.objects.get().data or b"")
    assert data
    assert b"13900001111" not in data
    assert "路灯".encode() not in data


def test_confirmed_columns_are_imported_by_the_worker_and_the_file_is_emptied(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client, is_rated_out="on")["Location"]
    assert client.post(f"{location}run/", choices(column_1="")).status_code == 302
    assert "0 of 30 rows" in client.get(location).content.decode()
    assert imports_continue(now=clock.now()) == 1
    batch = ImportBatch.objects.get()
    assert (counts(batch), batch.state, batch.data) == ((30, 30, 0, 0), Run.FINISHED, None)
    assert Feedback.objects.get(source_id="L1").content == "第1盏路灯坏了"
    assert Feedback.objects.filter(is_rated_out=True).count() == 30
    assert "Finished" in client.get(location).content.decode()
    assert "Every row was read" in client.get(f"{location}progress/").content.decode()
    assert imports_continue(now=clock.now()) == 0


def test_a_batch_whose_worker_died_is_taken_over_after_a_minute(centre: Officer) -> None:
    batch = import_upload(officer=centre, name="a.csv", data=LETTERS.encode(), source="x", is_rated_out=False)
    import_start(batch=batch, columns={"content": [2]}, actor=centre)
    now = clock.now()
    ImportBatch.objects.update(touched_at=now - timedelta(seconds=30))
    assert imports_continue(now=now) == 0
    assert imports_continue(now=now + timedelta(seconds=40)) == 1
    batch.refresh_from_db()
    assert counts(batch) == (30, 30, 0, 0)


def test_two_columns_for_one_field_are_refused_and_the_choices_are_kept(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client)["Location"]
    answer = client.post(f"{location}run/", choices(column_1="content"))
    assert answer.status_code == 422
    assert "More than one column is chosen" in answer.content.decode()
    assert ImportBatch.objects.get().state == Run.UPLOADED


def test_columns_without_text_or_rating_are_refused(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client)["Location"]
    answer = client.post(f"{location}run/", {"column_0": "source_id", "no_text": "on"})
    assert answer.status_code == 422
    assert "No column is taken for the text" in answer.content.decode()
    assert ImportBatch.objects.get().state == Run.UPLOADED


def test_the_page_says_at_once_that_no_column_is_taken_for_the_text(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client, "工单编号,满意度,诉求全文\n1,5,路灯坏了\n")["Location"]
    page = client.get(location).content.decode()
    assert "No column is taken for the text" in page
    assert "工单编号, 满意度, 诉求全文" in page
    recognised = {"column_0": "source_id", "column_1": "service_rating"}
    assert client.post(f"{location}run/", recognised).status_code == 422
    assert imports_continue(now=clock.now()) == 0
    assert client.post(f"{location}run/", recognised | {"column_2": "content"}).status_code == 302
    imports_continue(now=clock.now())
    assert Feedback.objects.get().content == "路灯坏了"


def test_the_page_takes_ratings_alone_when_the_officer_says_so(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client, "满意度,窗口\n5,3\n")["Location"]
    assert 'name="no_text"' in client.get(location).content.decode()
    assert client.post(f"{location}run/", {"column_0": "service_rating", "no_text": "on"}).status_code == 302
    imports_continue(now=clock.now())
    assert Feedback.objects.get().service_rating == 5


def test_a_file_that_is_understood_is_not_asked_about_its_text(centre: Officer) -> None:
    client = logged_in(centre)
    for text in (LETTERS, "满意度,时间\n5,2024-05-01\n"):
        page = client.get(upload(client, text)["Location"]).content.decode()
        assert "No column is taken for the text" not in page
        assert 'name="no_text"' not in page


def test_the_page_names_the_row_that_a_row_doubles(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client, "id,text\n1,路灯\n1,路灯\n")["Location"]
    client.post(f"{location}run/", {"column_0": "source_id", "column_1": "content"})
    imports_continue(now=clock.now())
    page = client.get(location).content.decode()
    assert "The same as row 2 of this file" in page
    assert "1 of them doubles a row of this file" in page


def test_the_page_counts_remarks_apart_from_the_rows_that_they_are_on(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client, "text,phone,kind\n路灯,13900001111,吐槽\n狗叫,13900002222,表扬\n")["Location"]
    client.post(f"{location}run/", {"column_0": "content", "column_1": "phone", "column_2": "kind"})
    imports_continue(now=clock.now())
    page = client.get(location).content.decode()
    assert "3 remarks, on 2 rows" in page


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"id,text\n", "no rows below"),
        (bytes(range(128, 256)), "not a table"),
        (b"\xd0\xcf\x11\xe0" + bytes(64), "save it as .xlsx"),
        (b"PK\x03\x04rubbish", "damaged"),
    ],
)
def test_an_odd_file_is_answered_in_words_and_keeps_what_was_typed(centre: Officer, data: bytes, message: str) -> None:
    answer = upload(logged_in(centre), data)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert message in page
    assert 'value="12345"' in page
    assert not ImportBatch.objects.exists()


def test_a_file_that_is_too_large_is_refused(centre: Officer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feedback.imports.forms.MAX_UPLOAD", 100)
    answer = upload(logged_in(centre))
    assert answer.status_code == 422
    assert "larger than 20 MB" in answer.content.decode()


def test_a_discarded_file_is_gone(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client)["Location"]
    client.post(f"{location}discard/")
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.data) == (Run.STOPPED, None)
    assert "Discarded before it was run" in client.get(location).content.decode()
    assert "started before" in client.post(f"{location}run/", choices(), follow=True).content.decode()
    assert not Feedback.objects.exists()


def test_an_upload_that_nobody_ran_is_forgotten_after_a_day(centre: Officer) -> None:
    upload(logged_in(centre))
    assert uploads_forget(now=clock.now() + timedelta(hours=23)) == 0
    assert uploads_forget(now=clock.now() + timedelta(hours=25)) == 1
    assert ImportBatch.objects.get().data is None


def test_the_report_is_a_file_for_a_spreadsheet_and_its_download_is_recorded(centre: Officer) -> None:
    client = logged_in(centre)
    location = upload(client, "id,text,time\n-1,路灯,昨天\n")["Location"]
    client.post(f"{location}run/", {"column_0": "source_id", "column_1": "content", "column_2": "said_at"})
    imports_continue(now=clock.now())
    page = client.get(location).content.decode()
    assert "The time cannot be read" in page
    answer = client.get(f"{location}report.csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "'-1" in answer.content.decode()
    assert AuditEvent.objects.filter(action="import.report", actor=centre).count() == 1


def test_the_list_names_every_import(centre: Officer) -> None:
    client = logged_in(centre)
    for number in range(27):
        ImportBatch.objects.create(file_name=f"file-{number}.csv", file_digest="0", source="s", state=Run.FINISHED)
    assert "file-26.csv" in client.get(PAGE).content.decode()
    assert "file-0.csv" in client.get(f"{PAGE}?page=2").content.decode()


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CENTRE])
def test_imports_do_not_exist_for_anybody_but_the_centre(centre: Officer, role: Role) -> None:
    location = upload(logged_in(centre))["Location"]
    station = Unit.objects.filter(kind=Unit.Kind.STATION).first()
    other = logged_in(officer(role, station))
    for address in (PAGE, location, f"{location}progress/", f"{location}report.csv"):
        assert other.get(address).status_code == 404
    for address in (PAGE, f"{location}run/", f"{location}discard/"):
        assert other.post(address).status_code == 404
    assert Client().get(location).status_code == 302
    assert ImportBatch.objects.get().state == Run.UPLOADED


def test_a_note_is_kept_once_a_field(centre: Officer) -> None:
    batch = import_upload(officer=centre, name="a.csv", data=b"id,text,time\n1,,x\n", source="x", is_rated_out=False)
    import_start(batch=batch, columns={"source_id": [0], "content": [1], "said_at": [2]}, actor=centre)
    imports_continue(now=clock.now())
    assert ImportNote.objects.filter(batch=batch).count() == 2
    batch.refresh_from_db()
    assert batch.rows_refused == 1
