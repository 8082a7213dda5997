"""Health checks: alive without asking anybody, ready when the stores answer."""

import redis
from django.conf import settings
from django.db import Error, connection
from django.http import HttpRequest, JsonResponse

from accounts.pages import public_page


@public_page
def live(request: HttpRequest) -> JsonResponse:
    """200 while the process answers."""
    return JsonResponse({"status": "alive"})


@public_page
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers; the broker is reported but does not gate: submissions work without it."""
    stores = {"database": _database_answers(), "broker": _broker_answers()}
    return JsonResponse({"stores": stores}, status=200 if stores["database"] else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def _broker_answers() -> bool:
    try:
        client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        return bool(client.ping())
    except redis.RedisError:
        return False
