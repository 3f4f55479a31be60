"""Which operation a server admits in which state: the one table, its check and its compare-and-swap.

Source of the rows: ``states.md`` (b) of the facts.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.compute.operations import OPERATIONS, Transition
from nova_api.context import RequestContext
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import servers

__all__ = ["OPERATIONS", "ServerRecord", "Transition", "begin", "check", "under_way"]


class ServerRecord(Protocol):
    """What a server's record must tell for its transitions; every record of ``servers`` does."""

    @property
    def id(self) -> int: ...
    @property
    def uuid(self) -> str: ...
    @property
    def host(self) -> str | None: ...
    @property
    def vm_state(self) -> str: ...
    @property
    def task_state(self) -> str | None: ...
    @property
    def locked_by(self) -> str | None: ...
    @property
    def launched_at(self) -> datetime.datetime | None: ...


@dataclasses.dataclass(frozen=True)
class _Seen:
    """The states that the database has, after a lost compare-and-swap."""

    id: int
    uuid: str
    host: str | None
    vm_state: str
    task_state: str | None
    locked_by: str | None
    launched_at: datetime.datetime | None


def under_way(server: ServerRecord, operation: str) -> bool:
    """Whether ``operation`` is being done already and asking again is ignored (a repeated delete)."""
    return server.task_state is not None and server.task_state in OPERATIONS[operation].ignored_task_states


def check(server: ServerRecord, operation: str, context: RequestContext) -> Transition:
    """Raises unless ``operation`` (a key of ``OPERATIONS``) may begin; returns its row.

    In this order: ``ServerLocked`` (admins pass locks), ``ServerInvalidState``
    for vm_state then task_state, ``ServerNotLaunched``, ``ServerNotReady``.
    """
    row = OPERATIONS[operation]
    if row.honours_lock and server.locked_by and not context.is_admin:
        if row.locked_looks_like_state:
            raise exception.ServerInvalidState(
                operation=row.verb, server_id=server.uuid, attribute="locked", state="True"
            )
        raise exception.ServerLocked(server_id=server.uuid)
    _check_states(server, row)
    return row


def _check_states(server: ServerRecord, row: Transition) -> None:
    if row.vm_states is not None and server.vm_state not in row.vm_states:
        raise exception.ServerInvalidState(
            operation=row.verb, server_id=server.uuid, attribute="vm_state", state=server.vm_state
        )
    refused = row.task_states is not None and server.task_state not in row.task_states
    if refused or (server.task_state is not None and server.task_state in row.refused_task_states):
        if server.task_state is None:
            # Nothing to name: the facts give this case the never-launched sentence.
            raise exception.ServerNotLaunched(operation=row.verb, server_id=server.uuid)
        raise exception.ServerInvalidState(
            operation=row.verb, server_id=server.uuid, attribute="task_state", state=server.task_state
        )
    if row.must_have_launched and server.launched_at is None:
        raise exception.ServerNotLaunched(operation=row.verb, server_id=server.uuid)
    if row.needs_host and not server.host:
        raise exception.ServerNotReady(server_id=server.uuid)


def begin(
    conn: Connection, server: ServerRecord, operation: str, values: Mapping[str, Any] | None = None
) -> bool:
    """Moves ``server`` into the operation's first task_state by compare-and-swap, with ``values`` besides.

    True when this call did it; False when the operation is one that may be
    repeated and is already under way (delete).  Raises what ``check`` raises
    about the state somebody else has put the server into meanwhile,
    ``ServerNotFound`` when it is deleted, ``StaleState`` for any other change.
    """
    row = OPERATIONS[operation]
    changes: dict[str, Any] = {"updated_at": utcnow(), **(values or {})}
    if row.task_state is not None:
        changes["task_state"] = row.task_state
    done = conn.execute(
        sa.update(servers)
        .where(servers.c.id == server.id, servers.c.deleted == sa.false(), *_conditions(row))
        .values(**changes)
    )
    if done.rowcount == 1:
        return True
    seen = _seen(conn, server)
    if seen is None:
        raise exception.ServerNotFound(server_id=server.uuid)
    if under_way(seen, operation):
        return False
    _check_states(seen, row)
    raise exception.StaleState(what="Instance", id=server.uuid)


def _conditions(row: Transition) -> list[sa.ColumnElement[bool]]:
    task = servers.c.task_state
    conditions: list[sa.ColumnElement[bool]] = []
    if row.vm_states is not None:
        conditions.append(servers.c.vm_state.in_(row.vm_states))
    if row.task_states is not None:
        words = [word for word in row.task_states if word is not None]
        allowed: list[sa.ColumnElement[bool]] = [task.in_(words)] if words else []
        if None in row.task_states:
            allowed.append(task.is_(None))
        conditions.append(sa.or_(*allowed))
    never = (*row.refused_task_states, *row.ignored_task_states)
    if never:
        conditions.append(sa.or_(task.is_(None), task.not_in(never)))
    if row.must_have_launched:
        conditions.append(servers.c.launched_at.is_not(None))
    if row.needs_host:
        conditions.append(servers.c.host.is_not(None))
    return conditions


def _seen(conn: Connection, server: ServerRecord) -> _Seen | None:
    # FOR UPDATE reads the latest row; a plain read may show the transaction's older snapshot.
    columns = [servers.c[field.name] for field in dataclasses.fields(_Seen)]
    found = conn.execute(
        sa.select(*columns)
        .where(servers.c.id == server.id, servers.c.deleted == sa.false())
        .with_for_update()
    ).one_or_none()
    return None if found is None else _Seen(**found._mapping)
