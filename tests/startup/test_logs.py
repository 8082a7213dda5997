"""What the log says of a request that failed."""

import json
import logging

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve
from django.utils.log import log_response

SECRETS = ("/hooks/sms/a-token-nobody-may-read/reply/", "/s/a-link-nobody-may-read/")


@pytest.mark.parametrize("path", SECRETS)
@pytest.mark.parametrize("status", [500, 503])
def test_a_path_with_a_secret_in_it_never_reaches_the_log(
    path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = RequestFactory().post(path)
    request.resolver_match = resolve(path)
    (handler,) = (one for one in logging.getLogger().handlers if one.name == "stderr")
    written: list[str] = []
    monkeypatch.setattr(handler, "emit", lambda record: written.append(handler.format(record)))
    log_response("%s: %s", "It broke", path, response=HttpResponse(status=status), request=request)
    (line,) = written
    said = json.loads(line)
    assert said["event"] == f"It broke: {request.resolver_match.route}"
    assert "nobody-may-read" not in line
