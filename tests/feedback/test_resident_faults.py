"""The real stores killed under the resident's pages: nothing typed is lost, and people are told what to do."""

import uuid

from tests.support.stack import PortalStack

WORDS = "路灯坏了，晚上很黑"


def test_a_dead_database_gives_the_form_back_and_a_living_one_takes_it(portal_stack: PortalStack) -> None:
    form = {"client_id": str(uuid.uuid4()), "content": WORDS, "phone": "13812345678", "contact_consent": "on"}
    portal_stack.server_kill(portal_stack.postgres)
    refused = portal_stack.ask("/p/?lang=en", form)
    assert refused.status == 503
    assert "Not stored yet" in refused.text
    assert WORDS in refused.text
    assert form["client_id"] in refused.text
    closed = portal_stack.ask("/p/X/?lang=en")
    assert closed.status == 503
    assert "tel:110" in closed.text
    assert portal_stack.ask("/r/?lang=en", {"receipt": "1" * 16}).status == 503
    assert portal_stack.ask("/api/v1/feedback/", body=b"{}", Content_Type="application/json").status == 400
    portal_stack.postgres_start()
    assert portal_stack.ask("/p/?lang=en", form).status == 200
    assert portal_stack.rows("SELECT count(*) FROM feedback_feedback")[0][0] == 1


def test_a_dead_valkey_stops_neither_forms_nor_look_ups_nor_the_throttle(portal_stack: PortalStack) -> None:
    portal_stack.server_kill(portal_stack.valkey)
    assert portal_stack.ask("/p/", {"content": WORDS}).status == 200
    # Each of two web processes counts alone.
    answers = [portal_stack.ask("/r/", {"receipt": "1" * 16}).status for _ in range(30)]
    assert answers[:10] == [404] * 10
    assert 429 in answers
    assert portal_stack.ask("/p/", {"content": WORDS}).status == 200
