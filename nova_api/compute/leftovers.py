"""What a move has left of a server on other hosts than its own, when the server is deleted or evacuated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlalchemy.engine import Connection

from nova_api.compute import moves, states
from nova_api.compute.operations import OPERATIONS
from nova_api.context import RequestContext, admin
from nova_api.db import actions, server_migrations
from nova_api.db.guests import Guest
from nova_api.db.server_migrations import Migration
from nova_api.db.work import HasUuid

_EVENT = OPERATIONS["confirm_resize"].events[0]


class Placed(HasUuid, Protocol):
    """A server's record, as far as it tells which host is its own."""

    @property
    def host(self) -> str | None: ...


#: Key of a delete's payload: the action that confirms a resize first, or null.
CONFIRMATION = "confirmation"


def confirm_first(conn: Connection, context: RequestContext, guest: Guest) -> int | None:
    """Starts the action with which a delete confirms a resize that waits for it; None where none does."""
    if guest.vm_state != states.RESIZED:
        return None
    if server_migrations.with_status(conn, guest.id, server_migrations.FINISHED) is None:
        return None
    return actions.start(conn, context, guest.id, str(OPERATIONS["confirm_resize"].action))


def forget(conn: Connection, guest: Guest, confirmation: int | None) -> list[tuple[str, str | None, str]]:
    """Ends the moves of a server in the transaction of its delete, and has the other hosts forget it.

    Returns the casts (topic, host, item) to send after the commit.
    """
    moved = server_migrations.close(conn, guest.id)
    casts = left_by(conn, guest, moved, confirmation)
    if confirmation is not None and not casts:
        # Resized where it is, its delete has removed everything; or its old host is in the cloud no more.
        actions.finish_event(conn, actions.start_event(conn, confirmation, _EVENT, guest.host))
        actions.finish(conn, confirmation)
    return casts


def left_by(
    conn: Connection, server: Placed, moved: Sequence[Migration], confirmation: int | None = None
) -> list[tuple[str, str | None, str]]:
    """Has the hosts of moves that have just been ended, but for the server's own, forget it; the casts."""
    hosts = {host for move in moved for host in (move.source_host, move.dest_host) if host is not None}
    return [
        cast
        for host in sorted(hosts - {server.host})
        for cast in _forget_at(conn, server, host, confirmation)
    ]


def by_absence(conn: Connection, guest: Guest) -> list[tuple[str, str | None, str]]:
    """Has the server's own host, without which it was deleted, forget it when it is back; the casts.

    It also clears up at its start, but it may have started a moment before the server was deleted.
    """
    return [] if guest.host is None else _forget_at(conn, guest, guest.host)


def _forget_at(
    conn: Connection, server: HasUuid, host: str, confirmation: int | None = None
) -> list[tuple[str, str | None, str]]:
    payload = {"event": None if confirmation is None else _EVENT, "ends": confirmation is not None}
    return moves.have_forgotten(conn, admin(), server, host, payload, confirmation)
