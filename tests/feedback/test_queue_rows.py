"""The queue's rows as HTML: whatever somebody wrote stays text."""

from dataclasses import fields, replace

from django.utils import translation

from feedback.queue.html import Look, rows_html
from feedback.queue.rows import Row

HOSTILE = """<b onclick="x">'&"""
SAFE = "&lt;b onclick=&quot;x&quot;&gt;&#x27;&amp;"
# What the portal made itself, not somebody who wrote to it or named a point.
OURS = {"number", "reference", "state", "percent", "rating", "urgent_count", "received", "received_iso", "chosen"}
LOOK = Look(can_triage=True, state="", suffix="", matters={})


def _row(**changes: object) -> Row:
    texts = {field.name: "" for field in fields(Row) if field.type in ("str", str)}
    flags = {field.name: False for field in fields(Row) if field.type in ("bool", bool)}
    return Row(**{**texts, **flags, "id": 7, "matching": 1, "number": "7", "state": "received", **changes})  # type: ignore[arg-type]


def test_every_text_of_a_row_is_escaped() -> None:
    written = {field.name for field in fields(Row) if field.type in ("str", str)} - OURS
    html = rows_html([_row(is_urgent=True, **dict.fromkeys(written, HOSTILE))], LOOK)
    assert "<b " not in html
    assert html.count(SAFE) == len(written)


def test_the_query_of_the_list_is_escaped_where_it_is_carried_on() -> None:
    html = rows_html([_row()], replace(LOOK, suffix='?search="&state=any'))
    assert 'href="7/?search=&quot;&amp;state=any"' in html


def test_who_may_not_decide_gets_no_tick_and_no_button() -> None:
    alert = _row(can_be_accepted=True, is_urgent=True, is_unseen_alert=True)
    assert "<input" in rows_html([alert], LOOK)
    assert "<button" in rows_html([alert], LOOK)
    html = rows_html([alert], replace(LOOK, can_triage=False))
    assert "<input" not in html
    assert "<button" not in html


def test_a_confirmed_row_may_be_ticked_until_a_matter_deals_with_it() -> None:
    confirmed, look = _row(state="confirmed"), replace(LOOK, state="confirmed")
    assert 'name="feedback" value="7"' in rows_html([confirmed], look)
    html = rows_html([confirmed], replace(look, matters={7: '<a href="/m/">M-1</a>'}))
    assert "<input" not in html
    assert '<br><a href="/m/">M-1</a>' in html


def test_a_row_without_text_says_why() -> None:
    with translation.override("en"):
        assert "Withdrawn by the resident" in rows_html([_row(state="withdrawn")], LOOK)
        assert "No text" in rows_html([_row(state="rated")], LOOK)
        assert "Photo without text" in rows_html([_row(has_photo=True)], LOOK)
        assert "The text is being prepared" in rows_html([_row()], LOOK)
