"""Whether the web answers: asked by the launcher, and by a container's health check (run as a program)."""

import http.client
import os
import sys
from urllib.parse import urlsplit

from opinion_portal.startup.embedded import DEFAULT_PORT, value_of

PATH = "/healthz/"


def web_answers(port: int, public_base_url: str) -> bool:
    """Whether ``/healthz/`` says yes on the loopback address, asked as a proxy in front of the portal would ask."""
    public = urlsplit(public_base_url)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", PATH, headers={"Host": public.netloc, "X-Forwarded-Proto": public.scheme})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> None:
    port = int(os.environ.get("PORT") or DEFAULT_PORT)
    sys.exit(0 if web_answers(port, value_of("PUBLIC_BASE_URL") or "http://127.0.0.1") else 1)


if __name__ == "__main__":
    main()
