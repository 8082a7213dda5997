"""Whether the web answers: asked by the launcher, and by a container's health check (run as a program)."""

import http.client
import sys
from urllib.parse import urlsplit

from opinion_portal.startup.address import Address, address_wanted
from opinion_portal.startup.embedded import value_of

PATH = "/healthz/"


def web_answers(address: Address, public_base_url: str) -> bool:
    """Whether ``/healthz/`` says yes on this machine, asked as a proxy in front of the portal would ask."""
    public = urlsplit(public_base_url)
    connection = http.client.HTTPConnection(address.near, address.port, timeout=5)
    try:
        connection.request("GET", PATH, headers={"Host": public.netloc, "X-Forwarded-Proto": public.scheme})
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> None:
    sys.exit(0 if web_answers(address_wanted(), value_of("PUBLIC_BASE_URL") or "http://127.0.0.1") else 1)


if __name__ == "__main__":
    main()
