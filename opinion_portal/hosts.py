"""What the name of a host says by itself."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Whether ``host`` (as in a URL, IPv6 with or without brackets) leads every machine to itself."""
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified
