"""Submissions through the web against two limits that pgbench finds on the same server.

``single_row``: one INSERT of the text into a bare table. ``same_rows``: the very statement that a submission sends,
feedback, receipt and audit row with their indexes and constraints, prepared, one voice at a time. The web can pass that
one, for it stores the voices that wait together in one statement.
"""

import json
import os
import re
import statistics
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from benchmarks.load import http_load
from feedback.services import SUBMIT
from opinion_portal.startup.unprivileged import postgres_programs

CLIENTS = (8, 32)
ROUNDS = 5
SECONDS = 5.0
TEXT = "学校门口放学的时候两边停满了车，孩子只能走在机动车道上，希望安排人管一管。"


def submission_ratios(port: int, code: str) -> dict[str, object]:
    """Submissions per second and their share of pgbench's, per number of clients; medians of interleaved rounds."""
    return {f"clients_{clients}": _measure(port, code, clients) for clients in CLIENTS}


def _measure(port: int, code: str, clients: int) -> dict[str, object]:
    single, same, rates, p95s, refused = [], [], [], [], 0
    http_load(port=port, clients=clients, seconds=1.0, requests=_requests(code, 1.0))  # warm up
    for _ in range(ROUNDS):
        single.append(_pgbench(clients, f"INSERT INTO bench_row (content) VALUES ('{TEXT}');"))  # noqa: S608 (our own text)
        same.append(_pgbench(clients, submission_script(code), "-M", "prepared"))
        outcome = http_load(port=port, clients=clients, seconds=SECONDS, requests=_requests(code, SECONDS))
        rates.append(outcome.rate)
        p95s.append(outcome.percentile(0.95))
        refused += sum(count for status, count in outcome.statuses.items() if status != 201)
    return {
        "submissions_per_second": round(statistics.median(rates)),
        "p95_ms": round(statistics.median(p95s) * 1000, 1),
        "refused": refused,
        "single_row": _share(rates, single),
        "same_rows": _share(rates, same),
    }


def _share(rates: list[float], limits: list[float]) -> dict[str, object]:
    ratios = [rate / limit for rate, limit in zip(rates, limits, strict=True)]
    return {
        "pgbench_per_second": round(statistics.median(limits)),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
    }


# More than any run can send.
MOST_PER_SECOND = 20_000


def _requests(code: str, seconds: float) -> Iterator[bytes]:
    return iter([_request(code) for _ in range(int(seconds * MOST_PER_SECOND))])


def _request(code: str) -> bytes:
    body = json.dumps(
        {"client_id": str(uuid.uuid4()), "point_code": code, "service_rating": 4, "kind": "complaint", "content": TEXT},
        ensure_ascii=False,
    ).encode()
    head = (
        "POST /api/v1/feedback/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def submission_script(code: str) -> str:
    """A pgbench script that stores the same rows as `_request`: the portal's statement, values written in."""
    rows = [
        {
            "client_key": "\\x%s",
            "channel": "api",
            "point_code": code,
            "language": "zh-hans",
            "service_rating": 4,
            "kind": "complaint",
            "content": TEXT,
            "no_call": False,
            "is_rated_out": False,
            "source_id": "",
            "said_at": "%s",
            "state": "received",
            "urgent_words": [],
            "digest": "\\x%s",
            "now": "%s",
            "actor_label": "resident",
            "facts": {"channel": "api"},
        }
    ]
    fresh = "encode(sha256(random()::text::bytea), 'hex')"
    given = f"format('{json.dumps(rows, ensure_ascii=False)}', {fresh}, now(), {fresh}, now())::json"
    return " ".join(SUBMIT.text.replace("$1", given).split()) + ";"


def _pgbench(clients: int, script: str, *options: str) -> float:
    """Transactions of one statement per second, each with its durable commit."""
    url = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {"PGPASSWORD": unquote(url.password or "")}
    target = ["-h", unquote(url.hostname or ""), "-U", unquote(url.username or ""), url.path.lstrip("/")]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script + "\n")
        file.flush()
        load = ["-n", "-f", file.name, "-c", str(clients), "-j", "2", "-T", str(int(SECONDS))]
        done = subprocess.run(
            [str(postgres_programs(None) / "pgbench"), *load, *options, *target],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])
