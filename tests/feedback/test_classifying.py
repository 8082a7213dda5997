"""Storing what the classifier thinks, whatever one of the rows does."""

import uuid

import pytest

from feedback import classifying
from feedback.classifying import suggestions_make
from feedback.models import Channel, Classification, Feedback
from feedback.segmentation import search_tokens
from feedback.services import Voice, feedback_submit

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_row_that_the_database_refuses_does_not_keep_the_others_from_their_suggestions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for text in ("楼下烧烤摊半夜还在喊", "毒", "学校门口停满了车"):
        feedback_submit(voice=Voice(client_id=str(uuid.uuid4()), channel=Channel.QR, content=text))
    # An index word of more than 2 KB is what PostgreSQL refuses in a text search vector.
    monkeypatch.setattr(
        classifying, "search_tokens", lambda text: ["x" * 3000] if text == "毒" else search_tokens(text)
    )
    assert suggestions_make(limit=200) == 3
    assert suggestions_make(limit=200) == 0
    assert not Feedback.objects.filter(suggestion=None).exists()
    assert Classification.objects.count() == 3
    searchable = {feedback.content: bool(feedback.search) for feedback in Feedback.objects.all()}
    assert searchable == {"楼下烧烤摊半夜还在喊": True, "毒": False, "学校门口停满了车": True}
