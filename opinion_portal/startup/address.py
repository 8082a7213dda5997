"""Where the portal of one machine listens, and under which addresses it is opened."""

import errno
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass

from opinion_portal.startup.problem import StartupProblem

DEFAULT_PORT = "8000"
LOOPBACK = "127.0.0.1"
# The names of this machine on itself; nobody else can be meant by them.
OWN_NAMES = ("localhost", LOOPBACK, "[::1]")


@dataclass(frozen=True)
class Address:
    """Where this machine listens: ``host`` (one of its addresses, or 0.0.0.0 or :: for all of them) and ``port``."""

    host: str
    port: int

    @property
    def everywhere(self) -> bool:
        """Whether every address of this machine is meant."""
        return self.host in {"0.0.0.0", "::"}  # noqa: S104 (compared with, not bound to)

    @property
    def near(self) -> str:
        """What a program on this machine connects to."""
        return LOOPBACK if self.everywhere else self.host

    @property
    def netloc(self) -> str:
        """``near`` and the port, as an address is written."""
        return f"{bracketed(self.near)}:{self.port}"

    def __str__(self) -> str:
        return f"http://{self.netloc}"


def bracketed(host: str) -> str:
    """An IPv6 address as it stands in a URL; any other host as it is."""
    return f"[{host}]" if ":" in host else host


def address_wanted() -> Address:
    """From ``HOST`` (default: this machine alone) and ``PORT`` (default 8000). Raises StartupProblem."""
    text = os.environ.get("PORT") or DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**16):
        raise StartupProblem(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return Address(os.environ.get("HOST") or LOOPBACK, int(text))


def address_check(address: Address) -> None:
    """Raise StartupProblem when the portal could never listen there, whoever leaves."""
    error = _bind_error(address)
    if isinstance(error, PermissionError):
        raise StartupProblem(
            f"Port {address.port} needs root, as ports under 1024 do: choose another, like `PORT=8000 make run`."
        )
    if error and error.errno != errno.EADDRINUSE:
        raise StartupProblem(
            f"HOST must be an address of this machine, like 127.0.0.1 or 0.0.0.0, not {address.host!r}."
        )


def port_is_free(address: Address) -> bool:
    """Whether the portal could listen there now."""
    return _bind_error(address) is None


def _bind_error(address: Address) -> OSError | None:
    try:
        family = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address.host, address.port))
    except OSError as error:
        return error
    return None


def port_hold(host: str, wanted: Iterable[int]) -> socket.socket:
    """A socket on the first port of ``wanted`` that is free on ``host``, or on any.

    While it is open the system gives that port to nobody who asks for just any; whoever names it may listen there, if
    he says ``SO_REUSEADDR`` too, as servers do. Raises StartupProblem.
    """
    for port in (*wanted, 0):
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            holder.bind((host, port))
        except (OSError, OverflowError):
            holder.close()
        else:
            return holder
    raise StartupProblem("No port is free on this machine.")


def names_answered(address: Address, given: str) -> str:
    """``given`` (ALLOWED_HOSTS) and what the machine calls itself: whoever sits at it may type any of these."""
    names = [name.strip() for name in given.split(",") if name.strip()]
    return ",".join(dict.fromkeys([*names, *OWN_NAMES, bracketed(address.near)]))


def public_url(address: Address) -> str:
    """What people type when nothing else is said; open to the network, it is the machine's address in there."""
    host = network_address() if address.everywhere else address.host
    return f"http://{bracketed(host)}:{address.port}"


def network_address() -> str:
    """This machine's own address in its network; the loopback address when it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: the kernel only says which of its addresses it would use (192.0.2.0/24 is nobody's).
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])
