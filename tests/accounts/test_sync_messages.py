"""The catalogues follow the code: nothing is lost, nothing missing goes unnoticed, set-up needs no extractor."""

import gettext
import subprocess
import sys
from io import StringIO
from pathlib import Path

import polib
import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from opinion_portal import catalogues

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext
_("Plain")
_("Hello %(name)s")
ngettext("%(n)s point", "%(n)s points", 2)
pgettext("account", "Open")
"""
TEMPLATE = """
{% translate "From a template" %}
{% blocktranslate count n=points %}One visit{% plural %}{{ n }} visits{% endblocktranslate %}
"""
CHINESE = {
    "Plain": "普通",
    "Hello %(name)s": "%(name)s，您好",
    "%(n)s point": "%(n)s个点",
    "Open": "启用",
    "From a template": "来自模板",
    "One visit": "%(n)s次走访",
}


@pytest.fixture
def room(tmp_path: Path, settings: Settings) -> Path:
    """A portal of one room with one file of code and one template; returns the file of code."""
    settings.BASE_DIR = tmp_path
    settings.ROOMS = ["alpha"]
    for folder in ("opinion_portal", "alpha", "templates/alpha"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "alpha" / "code.py").write_text(CODE)
    (tmp_path / "templates" / "alpha" / "page.html").write_text(TEMPLATE)
    return tmp_path / "alpha" / "code.py"


def _run(*options: str) -> str:
    out = StringIO()
    call_command("sync_messages", *options, stdout=out)
    return out.getvalue()


def _translate(texts: dict[str, str]) -> None:
    catalogue = catalogues.catalogue_read("alpha")
    for entry in catalogue:
        text = texts.get(entry.msgid, "")
        if entry.msgid_plural:
            entry.msgstr_plural = {0: text}
        else:
            entry.msgstr = text
    catalogues.catalogue_write("alpha", catalogue)


def test_texts_of_code_and_templates_come_in_with_context_and_plural(room: Path) -> None:
    _run()
    entries = {entry.msgid: entry for entry in catalogues.catalogue_read("alpha")}
    assert set(entries) == set(CHINESE)
    assert entries["Open"].msgctxt == "account"
    assert entries["%(n)s point"].msgid_plural == "%(n)s points"
    assert entries["One visit"].msgid_plural == "%(n)s visits"


def test_a_second_run_changes_nothing(room: Path) -> None:
    _run()
    path = catalogues.catalogue_path("alpha")
    before = path.read_bytes()
    assert _run("alpha", "--verbosity=0") == "alpha: 6 without a translation\n"
    assert path.read_bytes() == before
    assert b"code.py:" not in before


def test_what_is_translated_is_read_by_django(room: Path) -> None:
    _run()
    _translate(CHINESE)
    _run()
    with catalogues.catalogue_path("alpha").with_suffix(".mo").open("rb") as file:
        read = gettext.GNUTranslations(file)
    assert read.gettext("Plain") == "普通"
    assert read.pgettext("account", "Open") == "启用"
    assert read.ngettext("%(n)s point", "%(n)s points", 1) == "%(n)s个点"
    assert _run("--check") == "All texts are translated.\n"


def test_a_text_that_goes_and_comes_back_keeps_its_translation(room: Path) -> None:
    _run()
    _translate(CHINESE)
    room.write_text("")
    _run()
    with pytest.raises(CommandError):
        _run("--check")
    room.write_text(CODE)
    _run()
    assert _run("--check") == "All texts are translated.\n"


def test_prune_drops_what_is_no_longer_used(room: Path) -> None:
    _run()
    room.write_text("")
    _run("--prune")
    assert [entry.msgid for entry in catalogues.catalogue_read("alpha")] == ["From a template", "One visit"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"Plain": ""}, "not translated: 'Plain'"),
        ({"Hello %(name)s": "您好"}, "other placeholders: 'Hello %(name)s'"),
        ({"%(n)s point": "%(m)s个点"}, "other placeholders: '%(n)s point'"),
    ],
)
def test_the_check_names_what_is_wrong(room: Path, change: dict[str, str], fault: str) -> None:
    _run()
    _translate(CHINESE | change)
    assert catalogues.catalogue_faults("alpha") == [f"alpha: {fault}"]
    with pytest.raises(CommandError) as raised:
        _run("--check")
    assert raised.value.returncode == 1


def test_the_check_names_new_unused_and_fuzzy_texts(room: Path) -> None:
    _run()
    _translate(CHINESE)
    room.write_text(CODE.replace('"Plain"', '"Brand new"'))
    path = catalogues.catalogue_path("alpha")
    path.write_text(path.read_text().replace('#: templates/alpha/page.html\nmsgid "From', '#, fuzzy\nmsgid "From'))
    assert set(catalogues.catalogue_faults("alpha")) == {
        "alpha: not in the catalogue: 'Brand new'",
        "alpha: no longer used: 'Plain'",
        "alpha: fuzzy: 'From a template'",
    }


def test_the_check_names_a_function_whose_texts_it_cannot_find(room: Path) -> None:
    room.write_text(CODE + 'from django.utils.translation import gettext as now\nnow("Never found")\n')
    _run()
    _translate(CHINESE)
    assert catalogues.catalogue_faults("alpha") == ["alpha: no text is found under the name 'now': alpha/code.py"]


def test_two_rooms_that_translate_one_text_differently_are_named(room: Path, settings: Settings) -> None:
    settings.ROOMS = ["alpha", "beta"]
    beta = room.parent.parent / "beta"
    beta.mkdir()
    (beta / "code.py").write_text('_("Plain")')
    _run()
    _translate(CHINESE)
    catalogue = catalogues.catalogue_read("beta")
    catalogue[0].msgstr = "平原"
    catalogues.catalogue_write("beta", catalogue)
    assert catalogues.catalogue_contradictions() == ["beta: 'Plain' is '平原', but '普通' in alpha; give it a context"]


def test_an_unknown_room_is_refused(room: Path) -> None:
    with pytest.raises(CommandError, match="No such room: gamma"):
        _run("gamma")


def test_compiling_needs_neither_the_extractor_nor_a_database() -> None:
    """As at set-up of a running portal, where the packages for development are not installed."""
    program = (
        "import sys, os; sys.modules['babel'] = None; os.environ['DATABASE_URL'] = 'postgres://nobody@127.0.0.1:1/none'\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'opinion_portal.settings'\n"
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('sync_messages', '--compile-only')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_every_text_of_the_accounts_room_is_translated() -> None:
    assert catalogues.catalogue_faults("accounts") == []


def test_a_catalogue_holds_no_date_and_no_line_number() -> None:
    for room_name in catalogues.rooms():
        catalogue = polib.pofile(str(catalogues.catalogue_path(room_name)))
        assert set(catalogue.metadata) == set(catalogues.HEADER)
        assert not any(line for entry in catalogue for _file, line in entry.occurrences)
