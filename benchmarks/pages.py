"""The office's pages at 100,000 rows, and what the resident's form weighs."""

import gzip
import re
import time
import urllib.request
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Officer, Role, Unit
from insights.services import tallies_refresh
from opinion_portal import clock

ROWS = 100_000
WAITING = 2_000  # rows that the centre has still to judge
REQUESTS = 200

_FILL = """
INSERT INTO feedback_feedback (
    client_key, channel, point_id, code_text, code_state, service_rating, safety_rating, kind, content, redacted,
    search, said_at, received_at, changed_at, state, item_id, urgent_words
)
SELECT sha256(('bench' || n)::bytea), (ARRAY['qr', 'qr', 'qr', 'api', 'visit', 'import'])[1 + n %% 6],
    p.id, '', 'live', 1 + n %% 5, 1 + n * 7 %% 5,
    (ARRAY['praise', 'suggestion', 'complaint', 'help', 'question'])[1 + n %% 5],
    '楼下停车占了消防通道，第' || n || '次反映', '楼下停车占了消防通道，第' || n || '次反映',
    array_to_tsvector(ARRAY['楼下', '停车', '占', '消防', '通道', n::text]),
    t.at, t.at, t.at, CASE WHEN n > %(rows)s - %(waiting)s THEN 'received' ELSE 'confirmed' END,
    CASE WHEN n > %(rows)s - %(waiting)s THEN NULL ELSE i.code END, '{}'
FROM generate_series(1, %(rows)s) n
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS at FROM stations_sensingpoint) p
  ON p.at = n %% (SELECT count(*) FROM stations_sensingpoint)
JOIN (SELECT code, row_number() OVER (ORDER BY code) - 1 AS at FROM feedback_subcategory) i
  ON i.at = n %% (SELECT count(*) FROM feedback_subcategory)
CROSS JOIN LATERAL (SELECT now() - (%(rows)s - n) * interval '77 seconds' AS at) t
"""
_SUGGEST = """
WITH made AS (
    INSERT INTO feedback_classification (
        feedback_id, state, item_id, kind, confidence, alternatives, words, model_version, created_at
    )
    SELECT id, 'confirmed', 'T1', kind, 0.8, '[]', '[{"word": "停车", "start": 2, "weight": 1.0}]', 'bench', now()
    FROM feedback_feedback
    WHERE suggestion_id IS NULL AND client_key IN (SELECT sha256(('bench' || n)::bytea) FROM generate_series(1, %s) n)
    RETURNING id, feedback_id
)
UPDATE feedback_feedback f SET suggestion_id = made.id FROM made WHERE made.feedback_id = f.id
"""


def rows_fill() -> None:
    """100,000 feedbacks over 90 days, all suggested, all but the last 2,000 confirmed; tallies and statistics fresh."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(_FILL, {"rows": ROWS, "waiting": WAITING})
        cursor.execute(_SUGGEST, [ROWS])
    tallies_refresh(now=clock.now())
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def office_session() -> str:
    """The session key of a centre officer who is logged in."""
    officer = Officer.objects.create(
        username="bench",
        name="bench",
        unit=Unit.objects.order_by("id")[0],
        role=Role.CENTRE,
        must_change_password=False,
    )
    session = SessionStore()
    session[SESSION_KEY] = str(officer.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.OfficerBackend"
    session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def page_measure(port: int, path: str, session: str) -> dict[str, Any]:
    """Statements per page and the p50/p95 (ms) of sequential requests through the web server."""
    client = Client(headers={"host": "127.0.0.1"})
    client.cookies[settings.SESSION_COOKIE_NAME] = session
    client.get(path)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
    times = sorted(_timed(port, path, session) for _ in range(REQUESTS))
    return {
        "status": answer.status_code,
        "statements": len(queries),
        "p50_ms": round(times[len(times) // 2] * 1000, 1),
        "p95_ms": round(times[int(len(times) * 0.95)] * 1000, 1),
        "kilobytes": round(len(answer.content) / 1024, 1),
    }


def _timed(port: int, path: str, session: str) -> float:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"}
    )
    started = time.perf_counter()
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own address)
        answer.read()
    return time.perf_counter() - started


def form_weight(port: int, code: str) -> dict[str, Any]:
    """Bytes that a phone receives for the resident's form: the page, its styles and its modules, as transferred."""
    page = _transferred(port, f"/p/{code}/")
    html = gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page
    assets = re.findall(r'(?:href|src)="(/static/[^"]+)"', html.decode())
    sizes = {asset: len(_transferred(port, asset)) for asset in dict.fromkeys(assets)}
    total = len(page) + sum(sizes.values())
    return {"page_bytes": len(page), "asset_bytes": sizes, "total_kilobytes": round(total / 1024, 1)}


def _transferred(port: int, path: str) -> bytes:
    address = f"http://127.0.0.1:{port}{path}"
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 (our own address)
        return bytes(answer.read())
