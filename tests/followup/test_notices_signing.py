"""Three different people, and numbers without a gap: alone, at once, on rest days, over the turn of the year."""

import hashlib
import threading
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.utils import translation

from accounts.models import AuditEvent, Officer, Role
from followup.models import InterviewNotice, NoticeDocument, NoticeEvent, NoticeIssuer, NoticeNumber
from followup.notices import issuing, services
from followup.notices.models import NoticeState
from followup.notices.services import MovedMeanwhile, NoticeRefused
from measures.models import Escalation, RectificationEvent
from opinion_portal import clock
from tests.feedback.queue_cast import officer
from tests.followup.notices import (
    HELD,
    MEETING,
    SUNDAY,
    appeal,
    draft,
    fresh,
    matter,
    notice_drafted,
    notice_issued,
    notice_reported,
    notice_reviewed,
    papers_quick,
    review,
    sign,
    station,
)  # fmt: skip

pytestmark = pytest.mark.django_db
PREFIX = "沈公民约"


@pytest.fixture(autouse=True)
def _english_and_quick(monkeypatch: pytest.MonkeyPatch) -> Any:
    papers_quick(monkeypatch)
    with translation.override("en"):
        yield


def _reviewed_for(now: datetime) -> InterviewNotice:
    """A notice to be signed at ``now``, its dates in the same order after it."""
    days = now.date() - SUNDAY.date()
    plain = draft()
    names = ("plan_by", "rectify_by", "appeal_until", "meets_at")
    later: dict[str, Any] = {name: getattr(plain, name) + days for name in names}
    return review(notice_drafted(now=now, **later), now=now)


def _numbers() -> list[tuple[int | None, int | None]]:
    return list(InterviewNotice.objects.filter(number__isnull=False).order_by("id").values_list("year", "number"))


# Three people ---------------------------------------------------------------------------------------------------------
def _become(who: Officer, role: Role) -> Officer:
    Officer.objects.filter(pk=who.pk).update(role=role)
    who.refresh_from_db()
    return who


def test_who_drafted_cannot_review_even_with_another_post() -> None:
    who = officer(Role.CENTRE)
    notice = notice_drafted(by=who)
    with pytest.raises(NoticeRefused, match="different people"):
        review(notice, _become(who, Role.DISCIPLINE))
    assert fresh(notice).state == NoticeState.DRAFT


@pytest.mark.parametrize("step", ["draft", "edit", "review"])
def test_who_wrote_or_reviewed_cannot_sign_even_with_another_post(step: str) -> None:
    writer, editor, reviewer = officer(Role.CENTRE), officer(Role.CENTRE), officer(Role.DISCIPLINE)
    notice = notice_drafted(by=writer)
    services.notice_edit(
        officer=editor, notice_id=notice.pk, matter_ids=[], draft=draft(place="二楼"), version=1, now=SUNDAY
    )
    review(notice, reviewer)
    who = _become({"draft": writer, "edit": editor, "review": reviewer}[step], Role.LEADER)
    with pytest.raises(NoticeRefused, match="different people"):
        sign(notice, who)
    assert fresh(notice).number is None


@pytest.mark.parametrize("step", ["draft", "review", "sign"])
def test_who_had_a_hand_in_it_cannot_decide_its_appeal(step: str) -> None:
    people = {"draft": officer(Role.CENTRE), "review": officer(Role.DISCIPLINE), "sign": officer(Role.LEADER)}
    notice = sign(review(notice_drafted(by=people["draft"]), people["review"]), people["sign"])
    appeal(notice)
    with pytest.raises(NoticeRefused, match="different people"):
        services.appeal_decide(
            officer=_become(people[step], Role.LEADER), notice_id=notice.pk, grants=False, note="维持", now=SUNDAY
        )
    assert fresh(notice).is_appealed


@pytest.mark.parametrize(
    ("field", "other"), [("reviewed_by", "drafted_by"), ("signed_by", "drafted_by"), ("signed_by", "reviewed_by")]
)
def test_the_database_too_wants_three_people(field: str, other: str) -> None:
    notice = notice_issued()
    with pytest.raises(IntegrityError), transaction.atomic():
        InterviewNotice.objects.filter(pk=notice.pk).update(**{field: getattr(notice, f"{other}_id")})


def test_the_database_knows_no_signature_without_a_review_and_no_number_without_a_signature() -> None:
    notice, leader = notice_drafted(), officer(Role.LEADER)
    for fields in ({"signed_by": leader}, {"number": 1, "year": 2024, "prefix": PREFIX}, {"state": "issued"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            InterviewNotice.objects.filter(pk=notice.pk).update(**fields)


# Number, date, what comes with them -----------------------------------------------------------------------------------
def test_it_is_issued_on_a_sunday_late_in_the_evening() -> None:
    assert SUNDAY.weekday() == 6
    notice = notice_issued()
    assert notice.number_text == "沈公民约〔2024〕1号"
    assert (notice.issued_on, notice.issued_at) == (SUNDAY.date(), SUNDAY)
    assert notice.issuer == "沈阳市公安局沈河分局民意诉求感知中心"


def test_a_minute_before_midnight_is_still_that_day_where_the_bureau_is() -> None:
    late = datetime(2024, 5, 19, 23, 59, tzinfo=clock.BUREAU_ZONE)
    assert sign(notice_reviewed(), now=late).issued_on == late.date()


def test_a_new_year_starts_with_one_at_midnight_of_the_bureau() -> None:
    new_year = datetime(2025, 1, 1, tzinfo=clock.BUREAU_ZONE)
    for now in (new_year - timedelta(seconds=1), new_year, new_year + timedelta(hours=1)):
        sign(_reviewed_for(now), now=now)
    assert _numbers() == [(2024, 1), (2025, 1), (2025, 2)]


def test_a_void_number_stays_and_is_never_given_again() -> None:
    first = notice_issued()
    services.notice_void(officer=officer(Role.LEADER), notice_id=first.pk, note="认定有误", now=HELD)
    second = notice_issued(station("station-danan"))
    first = fresh(first)
    assert (first.state, first.number, second.number) == (NoticeState.VOID, 1, 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        InterviewNotice.objects.filter(pk=second.pk).update(number=1)


def test_a_cancelled_draft_takes_no_number() -> None:
    services.notice_cancel(officer=officer(Role.CENTRE), notice_id=notice_drafted().pk, note="重复", now=SUNDAY)
    assert notice_issued().number == 1


@pytest.mark.parametrize("what", ["notice_pdf", "notice_docx", "rectification_escalate", "unit_heads_tell"])
def test_a_signature_that_fails_leaves_nothing_behind_and_no_gap(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    notice = notice_reviewed(None, matter())

    def broken(*_args: object, **_options: object) -> None:
        raise OSError("no paper")

    with monkeypatch.context() as patched:
        patched.setattr(issuing, what, broken)
        with pytest.raises(OSError, match="no paper"):
            sign(notice)
    assert fresh(notice).state == NoticeState.REVIEWED
    assert not NoticeNumber.objects.exists()
    assert not NoticeDocument.objects.exists()
    assert sign(notice).number == 1


def test_another_prefix_begins_its_own_series_and_renumbers_nothing() -> None:
    first = notice_issued()
    NoticeIssuer.objects.update(prefix="沈公约谈")
    second = notice_issued(station("station-danan"))
    assert (fresh(first).number_text, second.number_text) == ("沈公民约〔2024〕1号", "沈公约谈〔2024〕1号")


def test_without_an_issuer_nothing_is_signed() -> None:
    NoticeIssuer.objects.update(is_active=False)
    with pytest.raises(NoticeRefused, match="no issuer"):
        notice_issued()


def test_the_papers_are_kept_with_their_digest() -> None:
    notice = notice_issued()
    kept = {one.form: one for one in notice.documents.all()}
    assert set(kept) == {"pdf", "docx"}
    for one in kept.values():
        assert bytes(one.digest) == hashlib.sha256(bytes(one.data)).digest()
        assert (one.edition, one.made_at) == ("issued", SUNDAY)


def test_signing_presses_the_matters_and_their_history_names_the_notice() -> None:
    one = matter()
    notice = notice_issued(None, one)
    one.refresh_from_db()
    assert one.escalation == Escalation.INTERVIEW
    assert RectificationEvent.objects.get(rectification=one, move="escalate_interview").note == notice.number_text


def test_the_audit_row_of_the_signature_has_the_number() -> None:
    notice = notice_issued()
    row = AuditEvent.objects.get(action="notice.sign")
    assert row.data == {"prefix": PREFIX, "year": 2024, "number": 1}
    assert row.changed == ["number", "issued_on", "state"]
    assert row.actor == notice.signed_by


@pytest.mark.parametrize(
    ("now", "field"),
    [
        (MEETING, "meets_at"),
        (datetime(2024, 5, 24, 8, 0, tzinfo=clock.BUREAU_ZONE), "meets_at"),
    ],
)
def test_a_notice_whose_dates_have_passed_is_not_signed(now: datetime, field: str) -> None:
    with pytest.raises(NoticeRefused) as refused:
        sign(notice_reviewed(), now=now)
    assert refused.value.field == field


@pytest.mark.parametrize(("field", "day"), [("plan_by", 18), ("appeal_until", 19)])
def test_a_unit_keeps_time_to_act_and_a_day_to_appeal(field: str, day: int) -> None:
    changes: dict[str, Any] = {field: SUNDAY.date().replace(day=day)}
    notice = notice_reviewed(**changes)
    with pytest.raises(NoticeRefused) as refused:
        sign(notice)
    assert refused.value.field == field


# At once --------------------------------------------------------------------------------------------------------------
def _at_once(*acts: Callable[[], object]) -> list[object]:
    """Start all of ``acts`` together, each in its own transaction; what each returned or raised."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        gate.wait()
        try:
            with translation.override("en"):
                results[place] = act()
        except NoticeRefused as refused:
            results[place] = refused
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def _losers(results: list[object]) -> list[MovedMeanwhile]:
    return [one for one in results if isinstance(one, MovedMeanwhile)]


@pytest.mark.django_db(transaction=True)
def test_two_signers_of_one_notice_one_wins_and_the_other_reads_who() -> None:
    notice, leaders = notice_reviewed(), [officer(Role.LEADER), officer(Role.LEADER)]
    results = _at_once(*(lambda who=who: sign(notice, who) for who in leaders))
    assert len(_losers(results)) == 1
    winner = fresh(notice).signed_by
    assert winner is not None
    assert winner.name in str(_losers(results)[0])
    assert "signed and issued it" in str(_losers(results)[0])
    assert list(NoticeNumber.objects.values_list("last", flat=True)) == [1]
    assert NoticeEvent.objects.filter(move="sign").count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_signers_of_many_notices_give_numbers_without_gap_or_repetition() -> None:
    units = ["station-huangcheng", "station-danan", "station-daxi", "station-binhe", "station-nanta", "traffic"]
    notices = [notice_reviewed(station(code)) for code in units]
    leaders = [officer(Role.LEADER) for _ in notices]
    results = _at_once(*(lambda pair=pair: sign(*pair) for pair in zip(notices, leaders, strict=True)))
    assert not _losers(results)
    assert sorted(number or 0 for _year, number in _numbers()) == [1, 2, 3, 4, 5, 6]


@pytest.mark.django_db(transaction=True)
def test_a_signer_who_fails_between_others_leaves_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    notices = [notice_reviewed(station(code)) for code in ("station-huangcheng", "station-danan", "station-daxi")]
    leaders = [officer(Role.LEADER) for _ in notices]
    quick: Callable[[Any], bytes] = vars(issuing)["notice_docx"]

    def sometimes(content: Any) -> bytes:
        if content.unit == "大南派出所":
            raise NoticeRefused("no paper")
        return quick(content)

    monkeypatch.setattr(issuing, "notice_docx", sometimes)
    _at_once(*(lambda pair=pair: sign(*pair) for pair in zip(notices, leaders, strict=True)))
    assert sorted(number or 0 for _year, number in _numbers()) == [1, 2]
    monkeypatch.setattr(issuing, "notice_docx", quick)
    assert sign(notices[1]).number == 3


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("strikes_off", [True, False])
def test_the_last_check_and_an_appeal_at_once_leave_one_of_them(strikes_off: bool) -> None:
    notice, who = notice_reported(), officer(Role.DISCIPLINE)
    results = _at_once(
        lambda: services.notice_recheck(
            officer=who, notice_id=notice.pk, strikes_off=strikes_off, note="复核", now=HELD
        ),
        lambda: appeal(notice, now=HELD),
    )
    refused = [one for one in results if isinstance(one, NoticeRefused)]
    now = fresh(notice)
    assert len(refused) == 1
    assert now.is_appealed == (now.state == NoticeState.REPORTED)


@pytest.mark.django_db(transaction=True)
def test_two_judges_of_one_appeal_at_once_leave_one_decision() -> None:
    notice = appeal(notice_issued())
    judges = [officer(Role.LEADER), officer(Role.DISCIPLINE)]

    def decide(who: Officer, *, grants: bool) -> None:
        services.appeal_decide(officer=who, notice_id=notice.pk, grants=grants, note="决定", now=HELD)

    results = _at_once(lambda: decide(judges[0], grants=True), lambda: decide(judges[1], grants=False))
    assert len(_losers(results)) == 1
    assert NoticeEvent.objects.filter(notice=notice, move__in=["grant_appeal", "refuse_appeal"]).count() == 1
    assert fresh(notice).state == (NoticeState.ISSUED if results[0] else NoticeState.VOID)


@pytest.mark.django_db(transaction=True)
def test_a_void_and_an_appeal_at_once_leave_no_open_appeal_on_a_void_notice() -> None:
    notice, leader = notice_issued(), officer(Role.LEADER)
    _at_once(
        lambda: services.notice_void(officer=leader, notice_id=notice.pk, note="认定有误", now=HELD),
        lambda: appeal(notice, now=HELD),
    )
    assert (fresh(notice).state, fresh(notice).is_appealed) == (NoticeState.VOID, False)
    assert not InterviewNotice.objects.filter(appeal__state="open").exists()


@pytest.mark.django_db(transaction=True)
def test_an_edit_and_a_review_at_once_never_pass_on_words_nobody_read() -> None:
    notice, editor, reviewer = notice_drafted(), officer(Role.CENTRE), officer(Role.DISCIPLINE)
    results = _at_once(
        lambda: services.notice_edit(
            officer=editor, notice_id=notice.pk, matter_ids=[], draft=draft(place="二楼"), version=1, now=SUNDAY
        ),
        lambda: services.notice_review(officer=reviewer, notice_id=notice.pk, version=1, now=SUNDAY),
    )
    assert len(_losers(results)) == 1
    now = fresh(notice)
    assert (now.state, now.version) in {(NoticeState.DRAFT, 2), (NoticeState.REVIEWED, 1)}


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_on_the_form_of_a_draft_makes_one_draft() -> None:
    who, key = officer(Role.CENTRE), uuid.uuid4()

    def tap() -> object:
        return services.notice_draft(
            officer=who, unit=station(), matter_ids=[], draft=draft(), now=SUNDAY, client_id=key
        )

    results = _at_once(tap, tap, tap)
    assert results == [InterviewNotice.objects.get()] * 3
    assert NoticeEvent.objects.filter(move="draft").count() == 1
