"""`make bench`: every figure of one run, as ratios where a machine's speed would decide; JSON in ``var/bench.json``."""

import json
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.portal import CHECKOUT, portal

REPORT = CHECKOUT / "var" / "bench.json"
# What the project promises itself; a run that misses one exits with 1.
LEAST_RATIO = 0.20  # of pgbench storing one row in a bare table
MOST_FORM_KILOBYTES = 40
MOST_PAGE_MS = 60
MOST_QUEUE_STATEMENTS = 10


def main() -> int:
    """Measure, print, write the report; 0 when every promise is kept."""
    with portal() as port:
        import django

        django.setup()
        figures = _figures(port)
    missed = promises_missed(figures)
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text(json.dumps(figures | {"missed": missed}, indent=2, ensure_ascii=False) + "\n")
    print(f"written: {REPORT.relative_to(Path.cwd()) if REPORT.is_relative_to(Path.cwd()) else REPORT}")
    for line in missed:
        print(f"MISSED {line}")
    return 1 if missed else 0


def _figures(port: int) -> dict[str, Any]:
    from django.db import connection

    from benchmarks import pages
    from benchmarks.submission import submission_ratios
    from stations.models import PointCode

    code = PointCode.objects.filter(revoked_at__isnull=True).order_by("id")[0].code
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_row (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, content text)")
    figures: dict[str, Any] = {"resident_form": _said("resident form", pages.form_weight(port, code))}
    figures["submission_statements"] = _said("statements per submission", submission_statements(code))
    figures["submission"] = _said("submission / pgbench", submission_ratios(port, code))
    print("filling 100,000 rows …", flush=True)
    pages.rows_fill()
    session = pages.office_session()
    figures["queue_page"] = _said("queue page", pages.page_measure(port, "/office/feedback/", session))
    figures["dashboard"] = _said("dashboard", pages.page_measure(port, "/office/dashboard/", session))
    return figures


def submission_statements(code: str) -> int:
    """How many SQL statements one submission with a contact takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from feedback.models import Channel
    from feedback.services import Voice, feedback_submit

    voice = Voice(
        client_id=str(uuid.uuid4()), channel=Channel.API, content="停车", point_code=code, phone="13900000000"
    )
    feedback_submit(voice=replace(voice, client_id=str(uuid.uuid4())))  # a connection's first call also prepares it
    with CaptureQueriesContext(connection) as queries:
        feedback_submit(voice=voice)
    return len(queries)


def promises_missed(figures: dict[str, Any]) -> list[str]:
    """A line for every promise that ``figures`` do not keep."""
    missed = []
    for name, run in figures["submission"].items():
        ratio = run["single_row"]["ratio"]
        if ratio < LEAST_RATIO or run["refused"]:
            missed.append(f"submission {name}: {ratio} of pgbench (at least {LEAST_RATIO}), {run['refused']} refused")
    if figures["resident_form"]["total_kilobytes"] > MOST_FORM_KILOBYTES:
        missed.append(f"resident form over {MOST_FORM_KILOBYTES} KB")
    missed += [
        f"{name}: p95 {figures[name]['p95_ms']} ms (at most {MOST_PAGE_MS}), status {figures[name]['status']}"
        for name in ("queue_page", "dashboard")
        if figures[name]["p95_ms"] > MOST_PAGE_MS or figures[name]["status"] != 200
    ]
    if figures["queue_page"]["statements"] > MOST_QUEUE_STATEMENTS:
        missed.append(f"queue page: {figures['queue_page']['statements']} statements (at most {MOST_QUEUE_STATEMENTS})")
    return missed


def _said(name: str, figure: Any) -> Any:
    print(f"{name}: {json.dumps(figure, ensure_ascii=False)}", flush=True)
    return figure


if __name__ == "__main__":
    raise SystemExit(main())
