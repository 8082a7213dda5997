"""Codes: rotated and revoked by the centre, once, with a reason; and what a scanned code leads to."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, Officer
from stations.models import PointCode, SensingPoint
from stations.selectors import live_code, point_by_code
from stations.services import CodeChanged, code_issue, code_revoke, code_rotate

Screen = Callable[[Officer], Client]


def _live(point: SensingPoint) -> PointCode:
    code = live_code(point)
    assert code
    return code


def _address(point: SensingPoint, act: str, code: PointCode | None = None) -> str:
    return f"/office/points/{point.code}/codes/{f'{code.pk}/' if code else ''}{act}/"


def test_rotating_revokes_the_old_code_and_issues_a_new_one(point: SensingPoint, centre: Officer) -> None:
    old = _live(point)
    fresh = code_rotate(code=old, reason="poster torn", actor=centre)
    old.refresh_from_db()
    assert (old.revoked_by, old.revoked_reason, old.revoked_at is not None) == (centre, "poster torn", True)
    assert _live(point) == fresh != old
    assert fresh.code != old.code


def test_a_rotation_is_audited_with_its_reason_and_without_the_codes(point: SensingPoint, centre: Officer) -> None:
    old = _live(point)
    fresh = code_rotate(code=old, reason="poster torn", actor=centre)
    event = AuditEvent.objects.get(action="point_code.rotate")
    assert (event.actor, event.object_id, event.reason) == (centre, "SH-014", "poster torn")
    assert event.data == {"revoked": old.pk, "issued": fresh.pk}


def test_a_revoked_code_leaves_the_point_without_one_until_one_is_issued(point: SensingPoint, centre: Officer) -> None:
    code_revoke(code=_live(point), reason="lost", actor=centre)
    assert live_code(point) is None
    fresh = code_issue(point=point, reason="found a place", actor=centre)
    assert live_code(point) == fresh


def test_a_point_never_gets_a_second_live_code(point: SensingPoint, centre: Officer) -> None:
    live = _live(point)
    with pytest.raises(CodeChanged) as caught:
        code_issue(point=point, reason="again", actor=centre)
    assert caught.value.code == live


def test_the_second_to_revoke_learns_who_was_first(
    point: SensingPoint, centre: Officer, officer: Callable[..., Officer]
) -> None:
    code = _live(point)
    code_revoke(code=code, reason="lost", actor=officer("centre", "zhao"))
    with pytest.raises(CodeChanged) as caught:
        code_revoke(code=code, reason="lost too", actor=centre)
    assert caught.value.code.revoked_by is not None
    assert (caught.value.code.revoked_by.username, caught.value.code.revoked_reason) == ("zhao", "lost")


@pytest.mark.django_db(transaction=True)
def test_of_two_who_rotate_at_the_same_time_one_wins(point: SensingPoint, officer: Callable[..., Officer]) -> None:
    code, start = _live(point), Barrier(2)
    people = [officer("centre", "li"), officer("centre", "zhao")]

    def rotate(who: Officer) -> str:
        start.wait(10)
        try:
            code_rotate(code=code, reason=f"by {who.username}", actor=who)
        except CodeChanged as changed:
            return f"lost to {changed.code.revoked_by}"
        finally:
            connection.close()
        return f"won {who}"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(rotate, people))
    assert said[0].removeprefix("lost to ") == said[1].removeprefix("won ")
    assert point.codes.filter(revoked_at__isnull=True).count() == 1
    assert point.codes.count() == 2
    assert AuditEvent.objects.filter(action="point_code.rotate").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("typed", ["{}", " {} ", "{lower}", "{spaced}", "{dashed}"])
def test_a_code_is_known_however_it_is_typed(point: SensingPoint, typed: str) -> None:
    code = _live(point).code
    text = typed.format(code, lower=code.lower(), spaced=f"{code[:4]} {code[4:]}", dashed=f"{code[:4]}-{code[4:]}")
    assert point_by_code(text) == (point, "live")


@pytest.mark.django_db
def test_a_revoked_code_still_names_its_point_and_an_unknown_one_none(point: SensingPoint, centre: Officer) -> None:
    code = _live(point)
    code_revoke(code=code, reason="lost", actor=centre)
    assert point_by_code(code.code) == (point, "revoked")
    assert point_by_code("NOTACODE") == (None, "unknown")
    assert point_by_code("   ") == (None, "none")


def test_the_centre_rotates_a_code_on_the_page(point: SensingPoint, centre: Officer, at_screen: Screen) -> None:
    code, screen = _live(point), at_screen(centre)
    assert code.code in screen.get(_address(point, "rotate", code)).content.decode()
    answer = screen.post(_address(point, "rotate", code), {"reason": "海报破损"}, follow=True)
    assert answer.redirect_chain == [("/office/points/SH-014/", 302)]
    assert _live(point).code in answer.content.decode()


def test_a_code_is_not_changed_without_a_reason(point: SensingPoint, centre: Officer, at_screen: Screen) -> None:
    code, screen = _live(point), at_screen(centre)
    for act in ("rotate", "revoke"):
        answer = screen.post(_address(point, act, code), {"reason": "  "})
        assert answer.status_code == 200
        assert "error-summary" in answer.content.decode()
    assert live_code(point) == code


def test_looking_at_the_confirmation_changes_nothing(point: SensingPoint, centre: Officer, at_screen: Screen) -> None:
    code, screen = _live(point), at_screen(centre)
    for act in ("rotate", "revoke"):
        assert screen.get(_address(point, act, code)).status_code == 200
    assert live_code(point) == code


def test_the_page_tells_the_slower_one_who_was_faster_and_keeps_the_reason(
    point: SensingPoint, centre: Officer, officer: Callable[..., Officer], at_screen: Screen
) -> None:
    code, screen = _live(point), at_screen(centre)
    code_revoke(code=code, reason="海报丢失", actor=officer("centre", "zhao"))
    answer = screen.post(_address(point, "rotate", code), {"reason": "海报破损"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Zhao" in page
    assert "海报丢失" in page
    assert "海报破损" in page
    assert live_code(point) is None


def test_the_page_for_a_new_code_refuses_where_a_code_is_live(
    point: SensingPoint, centre: Officer, at_screen: Screen
) -> None:
    live, screen = _live(point), at_screen(centre)
    assert screen.post(_address(point, "issue"), {"reason": "another"}).status_code == 409
    assert live_code(point) == live
    code_revoke(code=live, reason="lost", actor=centre)
    assert screen.post(_address(point, "issue"), {"reason": "another"}).status_code == 302
    assert live_code(point)


def test_nobody_but_the_centre_changes_a_code(
    point: SensingPoint, danan: Officer, officer: Callable[..., Officer], at_screen: Screen
) -> None:
    code = _live(point)
    others = [
        danan,
        officer("unit_head", "head", "station-danan"),
        officer("leader", "boss"),
        officer("discipline", "d"),
    ]
    for who in others:
        for address in (_address(point, "rotate", code), _address(point, "revoke", code), _address(point, "issue")):
            assert at_screen(who).get(address).status_code == 404
            assert at_screen(who).post(address, {"reason": "because"}).status_code == 404
    assert live_code(point) == code


def test_a_code_of_another_point_is_not_found_under_this_one(
    point: SensingPoint, centre: Officer, at_screen: Screen
) -> None:
    other = _live(SensingPoint.objects.get(code="SH-001"))
    assert at_screen(centre).post(_address(point, "revoke", other), {"reason": "because"}).status_code == 404
