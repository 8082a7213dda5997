"""Wrong receipts slow their sender down. Nobody's address is stored: only a keyed hash of it, for an hour."""

import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping

import structlog
from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

from feedback.sealing import keyed_hash

log = structlog.get_logger("feedback.throttle")

# People misread digits: ten wrong receipts are free. Then each one doubles the wait, up to an hour.
FREE = 10
FIRST_WAIT = 30
LONGEST_WAIT = 3600
MEMORY = 3600  # seconds after the last wrong receipt in which it is remembered
_PAUSE = 5.0  # seconds for which a cache that failed is left alone
_LOCAL_MAX = 10_000


def client_of(meta: Mapping[str, str]) -> str:
    """A keyed hash of where the request comes from (``request.META``).

    An IPv6 customer owns a /64, so that is what counts.
    """
    address = meta.get("REMOTE_ADDR", "")
    if settings.BEHIND_PROXY:
        # The last entry was written by our own proxy; whatever stands before it is the client's claim.
        address = meta.get("HTTP_X_FORWARDED_FOR", address).rsplit(",", 1)[-1].strip()
    return keyed_hash("client address", _network(address)).hex()


def _network(address: str) -> str:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def wait_after(wrong: int) -> int:
    """Seconds to wait after that many wrong receipts: 0 for the first ten, then 30, 60, 120 … 3600."""
    return min(FIRST_WAIT * 2 ** min(wrong - FREE - 1, 12), LONGEST_WAIT) if wrong > FREE else 0


def seconds_to_wait(client: str) -> int:
    """How long ``client`` must still wait; 0 when it may try."""
    until = max(_from_cache(client), _Local.until(client))
    return max(0, round(until - time.time()))


def wrong_receipt(client: str) -> None:
    """Count one wrong receipt. Never fails: without the cache this process counts alone."""
    if _Cache.is_up():
        try:
            return _count_in_cache(client)
        except (RedisError, OSError) as error:
            _Cache.failed(error)
    _Local.count(client)
    return None


def _from_cache(client: str) -> float:
    if not _Cache.is_up():
        return 0.0
    try:
        return float(cache.get(f"receipt-until:{client}") or 0.0)
    except (RedisError, OSError) as error:
        _Cache.failed(error)
        return 0.0


def _count_in_cache(client: str) -> None:
    key = f"receipt-wrong:{client}"
    cache.add(key, 0, MEMORY)
    try:
        wrong = cache.incr(key)
    except ValueError:  # it expired between the two commands
        cache.set(key, wrong := 1, MEMORY)
    cache.touch(key, MEMORY + LONGEST_WAIT)
    if wait := wait_after(wrong):
        cache.set(f"receipt-until:{client}", time.time() + wait, wait)


class _Cache:
    """Whether the shared cache is worth asking; after a failure it is left alone for a while."""

    next_at = 0.0

    @classmethod
    def is_up(cls) -> bool:
        return time.monotonic() >= cls.next_at

    @classmethod
    def failed(cls, error: Exception) -> None:
        cls.next_at = time.monotonic() + _PAUSE
        log.warning("cache.unreachable", error=type(error).__name__)


class _Local:
    """This process's own count, for when the cache is away: ``client -> (wrong, until)``, oldest forgotten first."""

    lock = threading.Lock()
    clients: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @classmethod
    def until(cls, client: str) -> float:
        return cls.clients.get(client, (0, 0.0))[1]

    @classmethod
    def count(cls, client: str) -> None:
        with cls.lock:
            wrong, until = cls.clients.pop(client, (0, 0.0))
            forgotten = until and time.time() > until + MEMORY
            wrong = 1 if forgotten else wrong + 1
            cls.clients[client] = (wrong, time.time() + wait_after(wrong))
            while len(cls.clients) > _LOCAL_MAX:
                cls.clients.popitem(last=False)
