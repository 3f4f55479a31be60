"""Whether a pooled connection still has a server at its other end, asked of the kernel.

A ping is a round trip before every transaction.  The kernel knows already when
the server has closed or reset the connection, and a server that has vanished
without a word leaves a ping waiting just as it does the statement after it.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Engine

#: First byte of Linux's struct tcp_info.
_ESTABLISHED = 1


def instead_of_ping(engine: Engine) -> None:
    """Has ``engine``, of the driver PyMySQL, look at the socket where it would ping; ping where it cannot."""
    dialect: Any = engine.dialect
    ping: Callable[[Any], bool] = dialect.do_ping
    lost: type[Exception] = dialect.loaded_dbapi.OperationalError

    def is_open(connection: Any) -> bool:
        try:
            state = connection._sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        except (AttributeError, OSError):  # another system, a Unix socket, a connection closed by us
            return ping(connection)
        if state != _ESTABLISHED:
            raise lost(2013, "Lost connection to MySQL server")
        return True

    dialect.do_ping = is_open
