"""The tallies equal the source rows: always, whoever writes meanwhile, whatever is taken back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from feedback.models import Category, Classification, Feedback, State, Subcategory
from feedback.services import feedback_withdraw
from insights.models import DayTally, Dimension, TallyRun
from insights.services import OVERLAP, tallies_recheck, tallies_refresh
from insights.tasks import recheck_tallies, refresh_tallies
from opinion_portal import clock
from tests.insights.world import World, voice, world_make


@pytest.fixture
def world(db: None) -> World:
    return world_make()


def tally(dimension: Dimension, key: str = "", *, point: int | None = None, day: date | None = None) -> DayTally:
    return DayTally.objects.get(
        day=day or clock.bureau_day(clock.now()), point=point, dimension=dimension.value, key=key
    )


def voices(dimension: Dimension, key: str = "", *, point: int | None = None) -> int:
    found = DayTally.objects.filter(point=point, dimension=dimension.value, key=key).values_list("voices", flat=True)
    return sum(found)


def stored() -> list[tuple[object, ...]]:
    tallies = DayTally.objects.order_by("point", "dimension", "key")
    return list(tallies.values_list("day", "point", "dimension", "key", "voices", "service", "safety"))


def refresh() -> int | None:
    return tallies_refresh(now=clock.now())


def verify(*arguments: str) -> str:
    out = StringIO()
    call_command("verify_tallies", *arguments, stdout=out)
    return out.getvalue()


def long_ago(feedback: Feedback) -> None:
    """Let the row be older than what the ordinary run still watches."""
    Feedback.objects.filter(pk=feedback.pk).update(changed_at=clock.now() - OVERLAP * 2)


def test_a_voice_is_counted_along_every_dimension(world: World) -> None:
    voice(world.school, service_rating=4, safety_rating=2, kind="complaint", content="路灯坏了")
    refresh()
    for dimension, key in [
        (Dimension.ALL, ""),
        (Dimension.CHANNEL, "qr"),
        (Dimension.KIND, "complaint"),
        (Dimension.STATE, "received"),
        (Dimension.CODE, "none"),
    ]:
        for point in (None, world.school.pk):
            counted = tally(dimension, key, point=point)
            assert (counted.voices, counted.service, counted.safety) == (1, [0, 0, 0, 1, 0], [0, 1, 0, 0, 0])


def test_a_voice_from_no_point_counts_for_the_bureau_alone(world: World) -> None:
    voice(None)
    refresh()
    counted = DayTally.objects.get(dimension="all")
    assert (counted.point_id, counted.voices) == (None, 1)


def test_a_voice_counts_on_the_bureaus_day_not_on_the_servers(world: World) -> None:
    voice(world.park, said_at=datetime(2024, 5, 18, 16, 30, tzinfo=UTC))  # 00:30 on the 19th in Shenyang
    refresh()
    assert list(DayTally.objects.values_list("day", flat=True).distinct()) == [date(2024, 5, 19)]


def test_a_withdrawn_voice_stays_a_voice_and_leaves_the_rates(world: World) -> None:
    voice(world.school, service_rating=5)
    feedback = voice(world.school, service_rating=1, safety_rating=1)
    refresh()
    feedback_withdraw(feedback=feedback)
    refresh()
    counted = tally(Dimension.ALL, point=world.school.pk)
    assert (counted.voices, counted.service, counted.safety) == (2, [0, 0, 0, 0, 1], [0, 0, 0, 0, 0])
    assert voices(Dimension.FLAG, "left_out") == 1
    assert voices(Dimension.STATE, "withdrawn") == 1


def test_feedback_collected_with_gifts_leaves_the_rates(world: World) -> None:
    voice(world.hotel, service_rating=5, is_rated_out=True)
    refresh()
    assert tally(Dimension.ALL).service == [0] * 5
    assert voices(Dimension.FLAG, "left_out") == 1


def test_a_duplicate_is_a_voice_but_its_grade_counts_once(world: World) -> None:
    original, again = (voice(world.school, service_rating=1, content="占道") for _ in range(2))
    Feedback.objects.filter(pk=again.pk).update(state=State.DUPLICATE, duplicate_of=original, changed_at=clock.now())
    refresh()
    counted = tally(Dimension.ALL)
    assert (counted.voices, counted.service) == (2, [1, 0, 0, 0, 0])


def test_an_invalid_text_does_not_take_its_grade_with_it(world: World) -> None:
    feedback = voice(world.school, service_rating=1, content="？？？")
    Feedback.objects.filter(pk=feedback.pk).update(state=State.INVALID, changed_at=clock.now())
    refresh()
    assert tally(Dimension.ALL).service == [1, 0, 0, 0, 0]


def test_an_item_is_a_hint_until_the_centre_confirms_it(world: World) -> None:
    category, _ = Category.objects.get_or_create(code="T", defaults={"name": "交通", "name_en": "T", "position": 1})
    item, _ = Subcategory.objects.get_or_create(
        code="T1", defaults={"category": category, "name": "违停", "name_en": "Parking", "position": 1}
    )
    feedback = voice(world.school, content="违停")
    suggestion = Classification.objects.create(feedback=feedback, state=State.CONFIRMED, item=item)
    Feedback.objects.filter(pk=feedback.pk).update(suggestion=suggestion, changed_at=clock.now())
    refresh()
    assert (voices(Dimension.HINT, "T1"), voices(Dimension.ITEM, "T1")) == (1, 0)
    Feedback.objects.filter(pk=feedback.pk).update(item=item, state=State.CONFIRMED, changed_at=clock.now())
    refresh()
    assert (voices(Dimension.HINT, "T1"), voices(Dimension.ITEM, "T1")) == (0, 1)


def test_an_urgent_voice_is_flagged_until_somebody_has_seen_it(world: World) -> None:
    feedback = voice(world.school, content="救命，有人持刀")
    Feedback.objects.filter(pk=feedback.pk).update(urgent_words=["持刀"])
    refresh()
    assert voices(Dimension.FLAG, "urgent_unseen") == 1
    Feedback.objects.filter(pk=feedback.pk).update(urgent_seen_at=clock.now(), changed_at=clock.now())
    refresh()
    assert voices(Dimension.FLAG, "urgent_unseen") == 0


def test_only_days_that_changed_are_recounted(world: World) -> None:
    for days in (0, 3, 400):
        long_ago(voice(world.school, days_ago=days))
    assert refresh() == 3
    assert refresh() == 0
    voice(world.school, days_ago=3)
    assert refresh() == 1


def test_a_row_committed_late_is_still_found(world: World) -> None:
    refresh()
    late = voice(world.school)
    Feedback.objects.filter(pk=late.pk).update(changed_at=clock.now() - OVERLAP + timedelta(seconds=10))
    refresh()
    assert voices(Dimension.ALL) == 1


def test_a_recount_of_an_unchanged_day_writes_nothing(world: World) -> None:
    voice(world.school)
    refresh()
    before = list(DayTally.objects.order_by("id").values_list("id", flat=True))
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM insights_daytally")
        written = cursor.fetchone()
        refresh()
        cursor.execute("SELECT array_agg(xmin::text ORDER BY id) FROM insights_daytally")
        assert cursor.fetchone() == written
    assert before == list(DayTally.objects.order_by("id").values_list("id", flat=True))


def test_the_run_says_up_to_when_it_has_seen(world: World) -> None:
    now = clock.now()
    tallies_refresh(now=now)
    tallies_refresh(now=now - timedelta(minutes=1))
    assert [run.seen_until for run in TallyRun.objects.order_by("id")] == [now, now]


def test_verify_finds_nothing_to_say_about_exact_tallies(world: World) -> None:
    voice(world.school, days_ago=40)
    assert "equal the source rows" in verify()


def test_verify_names_the_day_the_point_and_the_key_that_differ(world: World) -> None:
    long_ago(voice(world.school, days_ago=40))
    refresh()
    wrong = DayTally.objects.get(point=world.school, dimension="channel")
    DayTally.objects.filter(pk=wrong.pk).update(voices=7)
    with pytest.raises(CommandError, match="1 counts differ"):
        verify()
    [key] = tallies_recheck(now=clock.now(), repair=False)
    assert str(key) == f"{wrong.day} point {world.school.pk} channel=qr"


def test_verify_repairs_a_missing_a_wrong_and_an_invented_count(world: World) -> None:
    long_ago(voice(world.school, days_ago=40))
    refresh()
    right = stored()
    DayTally.objects.filter(dimension="state").delete()
    DayTally.objects.filter(dimension="kind").update(service=[9, 9, 9, 9, 9])
    DayTally.objects.create(day=date(2020, 1, 1), dimension="all", key="", voices=3, service=[0] * 5, safety=[0] * 5)
    assert "5 counts mended" in verify("--repair")
    assert stored() == right
    assert "equal the source rows" in verify()


def test_a_row_that_was_deleted_is_noticed_in_the_night(world: World) -> None:
    feedback = voice(world.school, days_ago=3)
    long_ago(feedback)
    refresh()
    feedback.refresh_from_db()
    Feedback.objects.filter(pk=feedback.pk).delete()
    assert recheck_tallies() > 0
    assert not DayTally.objects.exists()


def test_old_runs_are_forgotten_in_the_night(world: World) -> None:
    refresh_tallies()
    TallyRun.objects.update(finished_at=clock.now() - timedelta(days=3))
    refresh_tallies()
    recheck_tallies()
    assert TallyRun.objects.count() == 1


@contextmanager
def _own_connection() -> Iterator[None]:
    try:
        yield
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_tallies_are_exact_while_people_submit_withdraw_and_two_runs_race() -> None:
    world = world_make()

    def submit(number: int) -> None:
        with _own_connection():
            for round_ in range(15):
                feedback = voice(
                    world.school if number % 2 else world.park, service_rating=1 + round_ % 5, days_ago=round_ % 3
                )
                if round_ % 4 == 0:
                    feedback_withdraw(feedback=feedback)

    def recount(_number: int) -> None:
        with _own_connection():
            for _ in range(12):
                tallies_refresh(now=clock.now())

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(submit, number) for number in range(5)] + [pool.submit(recount, n) for n in range(3)]
        for done in work:
            done.result()
    refresh()
    assert voices(Dimension.ALL) == Feedback.objects.count() == 75
    assert voices(Dimension.FLAG, "left_out") == 20
    tallies_refresh(now=clock.now() + OVERLAP * 2)  # from here on nothing is forgiven as too fresh
    assert tallies_recheck(now=clock.now(), repair=False) == []
    by_hand = Feedback.objects.filter(point=world.park, service_rating=1, is_rated_out=False).count()
    assert sum(counted.service[0] for counted in DayTally.objects.filter(point=world.park, dimension="all")) == by_hand


@pytest.mark.django_db(transaction=True)
def test_a_second_run_leaves_the_work_to_the_first() -> None:
    from insights.services import _LOCK

    world = world_make()
    voice(world.school)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        with ThreadPoolExecutor(1) as pool:

            def other() -> int | None:
                with _own_connection():
                    return refresh()

            assert pool.submit(other).result() is None
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    assert refresh() == 1
