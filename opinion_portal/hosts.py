"""What the name of a host says by itself."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether ``host`` (as in a URL, IPv6 with or without brackets) leads every machine to itself."""
    try:
        return host == "localhost" or ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.endswith(".localhost")
