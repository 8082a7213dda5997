"""The migration that ends the alerts of letters which were old when they were imported."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps

from feedback.models import Channel, Feedback, Remark
from opinion_portal import clock
from tests.feedback.queue_cast import voice

pytestmark = pytest.mark.django_db


def _letter(days_ago: int) -> int:
    said_at = clock.now() - timedelta(days=days_ago)
    letter = voice("有人拿刀砍人，快来救命", channel=Channel.IMPORT, said_at=said_at)
    Feedback.objects.filter(pk=letter.pk).update(urgent_words=["拿刀砍人"])
    return letter.pk


def test_only_letters_that_were_old_and_to_which_nobody_added_lose_their_alert() -> None:
    old, remarked, fresh = _letter(100), _letter(100), _letter(1)
    Remark.objects.create(feedback_id=remarked, content="又来了，快来救命")
    import_module("feedback.migrations.0008_old_alarms").old_alarms_end(apps, None)
    assert set(Feedback.objects.exclude(urgent_words=[]).values_list("pk", flat=True)) == {remarked, fresh}
    assert Feedback.objects.get(pk=old).content
