"""The form is light: it must open on a weak signal and a cheap contract."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.feedback.resident import live_code, say

pytestmark = pytest.mark.django_db

FORM_MAX = 40 * 1024
STYLE_MAX = 15 * 1024


def _transferred(client: Client, address: str) -> int:
    """Bytes of one static file as a browser gets them."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip, br"})
    assert answer.status_code == 200, address
    return len(answer.getvalue())


def _weight(client: Client, page: str) -> int:
    files = re.findall(r'<(?:link[^>]*? href|script[^>]*? src)="([^"]+)"', page)
    assert len(files) >= 3
    return len(page.encode()) + sum(_transferred(client, address) for address in files)


@pytest.mark.parametrize("query", ["lang=zh-hans", "lang=en&elder=3"])
def test_the_whole_form_is_at_most_40_kilobytes(client: Client, query: str) -> None:
    page = client.get(f"/p/{live_code().code}/?{query}").content.decode()
    assert _weight(client, page) <= FORM_MAX


def test_a_form_full_of_errors_is_at_most_40_kilobytes_too(client: Client) -> None:
    page = say(client, live_code().code, phone="1", content="有人拿刀砍人，救命" * 100).content.decode()
    assert _weight(client, page) <= FORM_MAX


def test_the_style_sheet_is_at_most_15_kilobytes() -> None:
    assert (Path(settings.BASE_DIR) / "static" / "resident.css").stat().st_size <= STYLE_MAX
