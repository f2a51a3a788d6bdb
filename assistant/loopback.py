"""Whether an address is this machine."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def is_loopback(url: str) -> bool:
    """Whether `url` (with or without a scheme) names this machine; 0.0.0.0 does.

    >>> [is_loopback(u) for u in ("http://[::1]:8000/v1", "localhost:11434", "https://example.com")]
    [True, True, False]
    """
    host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
