"""Labels of a server: at most fifty, refused while it cannot run."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.context import RequestContext
from nova_api.db import server_queries, server_tags
from nova_api.db.server_queries import Server

#: Tags of one server.
MOST = 50


def find_server(backend: Backend, uuid: str) -> Server:
    """The server, of whatever project: its tags' policy speaks before its absence does (policies.json).

    Raises ServerNotFound.
    """
    with backend.db.reader() as conn:
        server = server_queries.find(conn, uuid)
    if server is None:
        raise exception.ServerNotFound(server_id=uuid)
    return server


def show(backend: Backend, server: Server) -> list[str]:
    """In alphabetical order."""
    with backend.db.reader() as conn:
        return _of(conn, server)


def replace(backend: Backend, context: RequestContext, server: Server, tags: Collection[str]) -> list[str]:
    """Makes ``tags`` all of them.  Raises ServerInvalidState, ServerNotFound."""
    transitions.check(server, "update_tags", context)

    def attempt() -> list[str]:
        with backend.db.writer() as conn:
            transitions.begin(conn, server, "update_tags")
            server_tags.remove(conn, server.id)
            server_tags.add(conn, server.id, tags)
            return _of(conn, server)

    return backend.db.retrying(attempt)


def add(backend: Backend, context: RequestContext, server: Server, tag: str) -> bool:
    """Adds one; False when it is there.  Raises Invalid over the limit, and what ``replace`` raises."""
    transitions.check(server, "update_tags", context)

    def attempt() -> bool:
        with backend.db.writer() as conn:
            transitions.begin(conn, server, "update_tags")
            present = _of(conn, server)
            if tag in present:
                return False
            if len(present) >= MOST:
                raise exception.Invalid(f"The number of tags exceeds the limit of {MOST} for a server.")
            server_tags.add(conn, server.id, [tag])
            return True

    return backend.db.retrying(attempt)


def delete(backend: Backend, context: RequestContext, server: Server, tag: str) -> None:
    """Removes one.  Raises TagNotFound, and what ``replace`` raises."""
    transitions.check(server, "delete_tags", context)

    def attempt() -> None:
        with backend.db.writer() as conn:
            transitions.begin(conn, server, "delete_tags")
            if not server_tags.remove(conn, server.id, tag):
                raise exception.TagNotFound(server_id=server.uuid, tag=tag)

    backend.db.retrying(attempt)


def delete_all(backend: Backend, context: RequestContext, server: Server) -> None:
    """Removes whatever there is.  Raises what ``replace`` raises."""
    transitions.check(server, "delete_tags", context)

    def attempt() -> None:
        with backend.db.writer() as conn:
            transitions.begin(conn, server, "delete_tags")
            server_tags.remove(conn, server.id)

    backend.db.retrying(attempt)


def _of(conn: Connection, server: Server) -> list[str]:
    return server_queries.tags_of(conn, [server.id]).get(server.id, [])
