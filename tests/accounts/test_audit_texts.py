"""Every act that the code can record has a name for people."""

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from accounts.audit.texts import action_text, object_text


def _words(name: str) -> Iterator[str]:
    """Every plain text that the rooms hand over under the keyword ``name``, also as one of two choices."""
    for room in settings.ROOMS:
        for path in (Path(settings.BASE_DIR) / room).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.keyword) and node.arg == name and "migrations" not in path.parts:
                    choices = (
                        [node.value.body, node.value.orelse] if isinstance(node.value, ast.IfExp) else [node.value]
                    )
                    yield from (str(one.value) for one in choices if isinstance(one, ast.Constant) and one.value)


def test_every_act_in_the_code_has_a_text() -> None:
    acts = {word for word in _words("action") if "." in word}
    assert len(acts) > 10
    assert [act for act in sorted(acts) if action_text(act) == act] == []


def test_every_kind_of_record_in_the_code_has_a_text() -> None:
    kinds = set(_words("object_type"))
    assert kinds
    assert [kind for kind in sorted(kinds) if object_text(kind) == kind] == []


def test_a_row_of_a_rule_table_is_called_what_its_table_is_called() -> None:
    assert object_text("deadlinerule") != "deadlinerule"
