"""The programme interface keeps to its own schema, whatever is thrown at it."""

import json
from typing import Any

import pytest
import schemathesis
from django.core.cache import cache
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from schemathesis import GenerationMode
from schemathesis.checks import CheckFunction, not_a_server_error
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from opinion_portal.wsgi import application

pytestmark = pytest.mark.django_db(transaction=True)

# Not asked: that whatever the schema allows is taken. One rating or some text must be there, and a phone needs its
# consent: rules between fields, which the answer tells field by field.
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    response_headers_conformance,
    negative_data_rejection,
    unsupported_method,
    allow_header_conformance,
]


@pytest.fixture
def api(settings: Any) -> Any:
    """The schema as the portal serves it, asked of the portal in this process."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "localhost"]
    return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("path", ["/api/v1/feedback/", "/api/v1/receipts/lookup/"])
def test_the_interface_keeps_to_its_schema(api: Any, path: str, mode: GenerationMode) -> None:
    @given(case=api[path]["POST"].as_strategy(generation_mode=mode))
    @bounds(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def holds(case: schemathesis.Case[Any]) -> None:
        cache.clear()  # hundreds of wrong receipts from one address: each is to be judged, not the throttle
        case.call_and_validate(checks=CHECKS)

    holds()


def test_the_schema_is_openapi_3_1_and_names_every_refusal(client: Client) -> None:
    told = json.loads(client.get("/api/v1/schema/?format=json").content)
    assert told["openapi"] == "3.1.0"
    refusals = {path: set(acts["post"]["responses"]) for path, acts in told["paths"].items()}
    common = {"400", "405", "413", "415", "503"}
    assert refusals == {
        "/api/v1/feedback/": common | {"201"},
        "/api/v1/receipts/lookup/": common | {"200", "404", "429"},
    }


def test_the_schemas_examples_are_taken_as_they_stand(client: Client) -> None:
    told = json.loads(client.get("/api/v1/schema/?format=json").content)
    for path, expected in (("/api/v1/feedback/", 201), ("/api/v1/receipts/lookup/", 404)):
        body = told["paths"][path]["post"]["requestBody"]["content"]["application/json"]
        for example in body["examples"].values():
            answer = client.post(path, json.dumps(example["value"]), content_type="application/json")
            assert answer.status_code == expected
