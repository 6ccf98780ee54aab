"""Under which names and addresses this machine can be asked for in its own network."""

import socket
from ipaddress import AddressValueError, IPv4Address

_TOWARDS = ("10.255.255.255", "172.31.255.255", "192.168.255.255", "192.0.2.1")
"""One address of each kind of network: the system tells from where it would be reached, and nothing is sent."""


def own_addresses() -> tuple[str, ...]:
    """Return this machine's addresses in its networks, the one first by which most is reached."""
    found = dict.fromkeys([*map(_source, reversed(_TOWARDS)), *_named()])
    return tuple(each for each in found if each and _is_reachable(each))


def own_names() -> tuple[str, ...]:
    """Return the names that this machine gives itself: plain, and as its network's machines find it (mDNS)."""
    name = socket.gethostname().lower().rstrip(".")
    plain = name.split(".")[0]
    found = dict.fromkeys([f"{plain}.local", plain, name])
    return tuple(each for each in found if each and _is_plain(each) and plain != "localhost")


def _source(towards: str) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((towards, 9))
        except OSError:  # there is no way there
            return ""
        return str(probe.getsockname()[0])


def _named() -> list[str]:
    try:
        return [str(each[4][0]) for each in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    except OSError:  # the machine's name is known nowhere
        return []


def _is_reachable(address: str) -> bool:
    try:
        known = IPv4Address(address)
    except AddressValueError:
        return False
    return not (known.is_loopback or known.is_unspecified or known.is_multicast)


def _is_plain(name: str) -> bool:
    return name.replace("-", "").replace(".", "").isalnum() and name.isascii() and len(name) <= 64
