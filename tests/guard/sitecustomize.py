"""Loaded by every Python process that the tests start: refuses to connect to other machines."""

import ipaddress
import socket
from typing import Any

_connect = socket.socket.connect


def _connect_on_loopback(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6):
        host = str(address[0])
        if host != "localhost" and not ipaddress.ip_address(host.split("%")[0]).is_loopback:
            raise PermissionError(f"A test tried to connect to {host}, which is not this machine.")
    _connect(self, address)


socket.socket.connect = _connect_on_loopback  # type: ignore[method-assign]
