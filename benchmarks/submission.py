"""Submissions through the web against the physical limit: pgbench's single-row insert on the same server."""

import json
import os
import re
import statistics
import subprocess
import tempfile
import uuid
from pathlib import Path
from urllib.parse import unquote, urlsplit

from benchmarks.load import http_load
from opinion_portal.startup.embedded import servers_for
from opinion_portal.startup.places import data_folder

CLIENTS = (8, 32)
ROUNDS = 3
SECONDS = 5.0
TEXT = "学校门口放学的时候两边停满了车，孩子只能走在机动车道上，希望安排人管一管。"


def submission_ratios(port: int, code: str) -> dict[str, object]:
    """Submissions per second and their share of pgbench's, per number of clients; medians of interleaved rounds."""
    return {f"clients_{clients}": _measure(port, code, clients) for clients in CLIENTS}


def _measure(port: int, code: str, clients: int) -> dict[str, object]:
    limits, rates, p95s, refused = [], [], [], 0
    http_load(port=port, clients=clients, seconds=1.0, next_request=lambda: _request(code))  # warm up
    for _ in range(ROUNDS):
        limits.append(_pgbench(clients))
        outcome = http_load(port=port, clients=clients, seconds=SECONDS, next_request=lambda: _request(code))
        rates.append(outcome.rate)
        p95s.append(outcome.percentile(0.95))
        refused += sum(count for status, count in outcome.statuses.items() if status != 201)
    ratios = [rate / limit for rate, limit in zip(rates, limits, strict=True)]
    return {
        "pgbench_per_second": round(statistics.median(limits)),
        "submissions_per_second": round(statistics.median(rates)),
        "ratio": round(statistics.median(ratios), 3),
        "ratio_spread": [round(min(ratios), 3), round(max(ratios), 3)],
        "p95_ms": round(statistics.median(p95s) * 1000, 1),
        "refused": refused,
    }


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


def _pgbench(clients: int) -> float:
    """Single-row inserts per second: one INSERT of the same text, one durable commit each."""
    postgres = servers_for(data_folder(os.environ["DATA_DIR"])).postgres
    programs = postgres.programs if postgres else Path("/usr/bin")
    url = urlsplit(os.environ["DATABASE_URL"])
    environment = os.environ | {"PGPASSWORD": unquote(url.password or "")}
    target = ["-h", unquote(url.hostname or ""), "-U", unquote(url.username or ""), url.path.lstrip("/")]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(f"INSERT INTO bench_row (content) VALUES ('{TEXT}');\n")  # noqa: S608 (our own text)
        script.flush()
        done = subprocess.run(
            [
                str(programs / "pgbench"),
                "-n",
                "-f",
                script.name,
                "-c",
                str(clients),
                "-j",
                "2",
                "-T",
                str(int(SECONDS)),
                *target,
            ],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    assert found, done.stdout
    return float(found[1])
