"""Which addresses on the network may be spoken to: those that nobody on the way can read or change."""

import ipaddress
from urllib.parse import SplitResult, urlsplit


def is_loopback(host: str | None) -> bool:
    """Tell whether a host is this machine itself, by its name or number.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("localhost.example")
    (True, True, True, False)
    """
    if host is None or host.lower() == "localhost":
        return host is not None
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def fault_of_address(address: str) -> str | None:
    """Return what is wrong with the address of a server, or None: it must be https, or http on this machine.

    Examples
    --------
    >>> fault_of_address("http://stamps.example")
    'it is not https'
    >>> fault_of_address("http://127.0.0.1:8080/stamp")
    """
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "it is no address"
    if not named or parts.fragment or any(not letter.isprintable() or letter.isspace() for letter in address):
        return "it is no address"
    return _fault_of_parts(parts)


def _fault_of_parts(parts: SplitResult) -> str | None:
    if parts.username is not None or parts.password is not None:
        return "a name or password stands in it"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        return "it is not https"
    return None
