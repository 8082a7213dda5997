"""What Django itself says on a Chinese page is Chinese."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import django
import polib
import pytest
from django.contrib import admin
from django.test import Client
from django.utils import translation

from accounts.models import Role
from tests.accounts.cast import PASSWORD, officer

PLACEHOLDER = re.compile(r"%\(\w+\)\w|%\w")
WORD = re.compile(r"[a-z]{3,}")
# Two words of English one after the other; codes, names of files and addresses stand alone.
SENTENCE = re.compile(r"[A-Za-z]{2,}[ ,]+[a-z]{2,}")
USED = ("conf", "contrib/admin", "contrib/auth", "contrib/contenttypes", "contrib/postgres", "contrib/sessions")


def _texts(part: str) -> Iterator[polib.POEntry]:
    """Every text that Django's own English catalogue of ``part`` knows."""
    path = Path(django.__file__).parent / part / "locale" / "en" / "LC_MESSAGES" / "django.po"
    yield from (entry for entry in polib.pofile(str(path)) if not entry.obsolete)


def _said(entry: polib.POEntry) -> str:
    if entry.msgid_plural:
        return translation.ngettext(entry.msgid, entry.msgid_plural, 2)
    return translation.pgettext(entry.msgctxt, entry.msgid) if entry.msgctxt else translation.gettext(entry.msgid)


@pytest.mark.parametrize("part", USED)
def test_django_has_a_chinese_text_for_all_it_says(part: str) -> None:
    with translation.override("zh-hans"):
        english = [entry.msgid for entry in _texts(part) if _said(entry) in {entry.msgid, entry.msgid_plural}]
    assert [text for text in english if WORD.search(PLACEHOLDER.sub("", text))] == []


class _Reader(HTMLParser):
    """What a person reads of a page: its text, and what stands in a field or is read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"script", "style"}
        given = dict(attrs)
        names = ["title", "alt", "placeholder", "aria-label"]
        names += ["value"] if given.get("type") in {"submit", "button", "reset"} else []
        self.read += [given[name] or "" for name in names if name in given]

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"script", "style"}

    def handle_data(self, data: str) -> None:
        self.read += [] if self.silent else [data]


def _english(page: str) -> list[str]:
    reader = _Reader()
    reader.feed(page)
    return [text.strip() for text in reader.read if SENTENCE.search(text)]


def _chinese_screen(role: Role) -> Client:
    client = Client(headers={"accept-language": "zh-CN,zh;q=0.9"})
    who = officer(role, "chen")
    who.name = "陈"
    who.save()
    client.force_login(who)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("new", ["ab1", "12345678", "password", "chenchen", "Early-Lamp-83 and another"])
def test_a_bad_password_is_refused_in_chinese(new: str) -> None:
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": "another"}
    page = _chinese_screen(Role.STATION_OFFICER).post("/office/password/", fields).content.decode()
    assert "密码" in page
    assert _english(page) == []


@pytest.mark.django_db
def test_a_short_password_is_told_how_long_it_must_be() -> None:
    fields = {"old_password": PASSWORD, "new_password1": "Ab-1", "new_password2": "Ab-1"}
    page = _chinese_screen(Role.STATION_OFFICER).post("/office/password/", fields).content.decode()
    assert "密码太短，至少须有 8 个字符。" in page


@pytest.mark.django_db
def test_the_rule_tables_speak_chinese_in_every_heading_list_form_and_error() -> None:
    client = _chinese_screen(Role.SYSTEM_ADMIN)
    stored = _stored()
    index = client.get("/office/admin/").content.decode()
    assert "修改" in index
    found = {"/office/admin/": _english(index)}
    for address in _addresses():
        answer = client.post(address, {}) if address.endswith("/add/") else client.get(address)
        assert answer.status_code == 200, address
        found[address] = [text for text in _english(answer.content.decode()) if text not in stored]
    assert {address: texts for address, texts in found.items() if texts} == {}


def _addresses() -> Iterator[str]:
    """Each table's list, its form with every mistake of an empty one, and the form of its first row."""
    for model in admin.site._registry:
        base = f"/office/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (base, f"{base}add/")
        row = model._default_manager.first()
        if row is not None:
            yield f"{base}{row.pk}/change/"


def _stored() -> set[str]:
    """What the bureau itself wrote in English beside the Chinese of a row."""
    fields = [field for model in admin.site._registry for field in model._meta.fields if field.name.endswith("_en")]
    return {text for field in fields for text in field.model._default_manager.values_list(field.name, flat=True)}


@pytest.mark.django_db
def test_the_pickers_of_the_rule_tables_speak_chinese() -> None:
    script = _chinese_screen(Role.SYSTEM_ADMIN).get("/office/admin/jsi18n/").content.decode()
    words = json.loads(script.partition("const newcatalog = ")[2].partition("};")[0] + "}")
    assert (words["Today"], words["Now"], words["Cancel"]) == ("今天", "现在", "取消")
