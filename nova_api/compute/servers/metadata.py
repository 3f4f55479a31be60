"""What users attach to a server as key and value: read by anybody of the project, limited by quota."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import quotas, transitions
from nova_api.context import RequestContext
from nova_api.db import server_metadata, server_queries
from nova_api.db.server_queries import Server

Items = dict[str, str]


def show(backend: Backend, server: Server) -> Items:
    """All of it."""
    with backend.db.reader() as conn:
        return _of(conn, server)


def merge(backend: Backend, context: RequestContext, server: Server, items: Mapping[str, str]) -> Items:
    """Sets ``items`` beside what is there; all of it afterwards.

    Raises ServerLocked, ServerInvalidState, ServerNotLaunched, ServerNotFound
    and QuotaExceeded.
    """
    return _change(backend, context, server, "update_metadata", lambda present: {**present, **items})


def replace(backend: Backend, context: RequestContext, server: Server, items: Mapping[str, str]) -> Items:
    """Makes ``items`` all of it.  Raises what ``merge`` raises."""
    return _change(backend, context, server, "update_metadata", lambda _present: dict(items))


def delete(backend: Backend, context: RequestContext, server: Server, key: str) -> None:
    """Removes ``key``.  Raises MetadataNotFound, and what ``merge`` raises."""
    if key not in show(backend, server):
        raise exception.MetadataNotFound(server_id=server.uuid, key=key)

    def without(present: Items) -> Items:
        return {name: value for name, value in present.items() if name != key}

    _change(backend, context, server, "delete_metadata", without)


def _of(conn: Connection, server: Server) -> Items:
    return server_queries.metadata_of(conn, [server.id]).get(server.id, {})


def _change(
    backend: Backend,
    context: RequestContext,
    server: Server,
    operation: str,
    change: Callable[[Items], Items],
) -> Items:
    transitions.check(server, operation, context)
    limit = quotas.limits_of(backend, context.project_id)["metadata_items"]

    def attempt() -> Items:
        with backend.db.writer() as conn:
            # Holds the row, so that what is read next is what is written over.
            transitions.begin(conn, server, operation)
            wanted = change(_of(conn, server))
            if limit != quotas.UNLIMITED and len(wanted) > limit:
                raise exception.QuotaExceeded(
                    f"Quota exceeded, too many metadata items: the maximum is {limit}."
                )
            server_metadata.replace(conn, server.id, wanted)
            return wanted

    return backend.db.retrying(attempt)
