"""TLS of PyMySQL: one context where nobody has asked for TLS, and files that cannot be used.

PyMySQL speaks TLS where the server offers it, verifies nothing unless it is told
to, and yet reads every authority that the system knows into a context of its own
for each connection: 20 ms of processor time and most of a megabyte.
"""

from __future__ import annotations

import ssl
from typing import Any

import pymysql
import sqlalchemy as sa
from pymysql.constants import CR
from sqlalchemy.engine import Engine


class _Shared:
    """The context, made by the first connection that needs it; it holds nothing that could change."""

    context: ssl.SSLContext | None = None


class _Connection(pymysql.connections.Connection):
    """PyMySQL's, whose connections without TLS options share a context."""

    def _create_ssl_ctx(self, options: dict[str, Any] | ssl.SSLContext) -> ssl.SSLContext:
        if options:
            # Files of the operator's: read again for each connection, for they are renewed.
            try:
                context: ssl.SSLContext = super()._create_ssl_ctx(options)
            except OSError as error:
                # As any other reason for which there is no connection now.
                raise pymysql.err.OperationalError(
                    CR.CR_CONN_HOST_ERROR, _unusable(options, error)
                ) from error
            return context
        if _Shared.context is None:
            _Shared.context = super()._create_ssl_ctx(options)
        return _Shared.context


def _unusable(options: dict[str, Any] | ssl.SSLContext, error: OSError) -> str:
    """OpenSSL does not say which file it could not use."""
    named = options if isinstance(options, dict) else {}
    files = [f"ssl_{name} = {named[name]}" for name in ("ca", "capath", "cert", "key") if name in named]
    return f"[database] connection: cannot use {', '.join(files)}: {error.strerror or error}"


def share_context(engine: Engine) -> None:
    """Has ``engine``, of the driver PyMySQL, open its connections so.

    Raises ArgumentError, an operator's mistake, when there are files that it cannot use.
    """
    args, options = engine.dialect.create_connect_args(engine.url)
    if options.get("ssl"):
        try:
            _Connection(*args, **options, defer_connect=True)
        except pymysql.err.OperationalError as error:
            raise sa.exc.ArgumentError(error.args[1]) from error

    @sa.event.listens_for(engine, "do_connect")
    def _connect(_dialect: Any, _record: Any, args: list[Any], options: dict[str, Any]) -> _Connection:
        return _Connection(*args, **options)
