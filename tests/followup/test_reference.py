"""The SMS texts against the rules of the carriers and of the locked screen."""

import re

import pytest

from followup.models import SmsText

pytestmark = pytest.mark.django_db

VALUES = {
    "reference": "F-00012345", "link": "https://shenhe.example/r/", "count": "12", "date": "11月28日", "time": "14:30",
}  # fmt: skip


def _message(text: SmsText) -> str:
    return f"【{text.signature}】{text.body.format(**VALUES)}"


def test_every_text_fits_one_message_with_its_signature() -> None:
    for text in SmsText.objects.all():
        assert len(_message(text)) <= 70, (text.code, len(_message(text)))
        assert 2 <= len(text.signature) <= 16


def test_no_two_variables_touch() -> None:
    for text in SmsText.objects.all():
        assert not re.search(r"\}\s*\{", text.body), text.code


def test_no_text_shows_on_a_locked_screen_what_it_is_about() -> None:
    for text in SmsText.objects.all():
        assert set(re.findall(r"\{(\w+)\}", text.body)) <= set(VALUES), text.code
        assert not re.search(r"投诉|举报|派出所|民警", text.body), text.code


def test_the_survey_asks_for_one_two_or_three() -> None:
    body = SmsText.objects.get(code="survey").body
    assert "1满意 2基本满意 3不满意" in body
    assert "TD" in body
