"""One TLS context for all connections of PyMySQL that nobody has asked TLS for.

PyMySQL speaks TLS where the server offers it, verifies nothing unless it is told
to, and yet reads every authority that the system knows into a context of its own
for each connection: 20 ms of processor time and most of a megabyte.
"""

from __future__ import annotations

import ssl
from typing import Any

import pymysql
import sqlalchemy as sa
from sqlalchemy.engine import Engine


class _Shared:
    """The context, made by the first connection that needs it; it holds nothing that could change."""

    context: ssl.SSLContext | None = None


class _Connection(pymysql.connections.Connection):
    """PyMySQL's, whose connections without TLS options share a context."""

    def _create_ssl_ctx(self, options: dict[str, Any] | ssl.SSLContext) -> ssl.SSLContext:
        if options:
            # Files of the operator's: read again for each connection, for they are renewed.
            context: ssl.SSLContext = super()._create_ssl_ctx(options)
            return context
        if _Shared.context is None:
            _Shared.context = super()._create_ssl_ctx(options)
        return _Shared.context


def share_context(engine: Engine) -> None:
    """Has ``engine``, of the driver PyMySQL, open its connections so."""

    @sa.event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> _Connection:
        return _Connection(*args, **options)
