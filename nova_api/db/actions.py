"""Server actions and their events: what os-instance-actions shows.

An accepted request starts an action; the workers record events below it.
``message`` is null while all is well and the word ``Error`` once an event has
failed (``states.md``, instance-action record facts).
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import server_action_events, server_actions

SUCCESS = "Success"
ERROR = "Error"


@dataclasses.dataclass(frozen=True)
class Action:
    """A row of ``server_actions``; times are naive UTC."""

    id: int
    action: str
    request_id: str
    user_id: str | None
    project_id: str | None
    start_time: datetime.datetime
    finish_time: datetime.datetime | None
    message: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class Event:
    """A row of ``server_action_events``; ``result`` is Success, Error, or None while it runs."""

    id: int
    event: str
    start_time: datetime.datetime
    finish_time: datetime.datetime | None
    result: str | None
    traceback: str | None
    details: str | None
    host: str | None


_ACTION_COLUMNS = [server_actions.c[field.name] for field in dataclasses.fields(Action)]
_EVENT_COLUMNS = [server_action_events.c[field.name] for field in dataclasses.fields(Event)]

_a, _e = server_actions.c, server_action_events.c
# Made once: making a statement takes as long as running it.
_INSERT = sa.insert(server_actions)
_UPDATE = sa.update(server_actions).where(_a.id == sa.bindparam("of_action"))
#: It locks the row, and so comes before or after whoever ends the action, and not at the same time.
_TOUCH = _UPDATE.where(_a.finish_time.is_(None))
_INSERT_EVENT = sa.insert(server_action_events)
_UPDATE_EVENT = sa.update(server_action_events).where(_e.id == sa.bindparam("of_event"))
_UNFINISHED = sa.select(_e.id).where(
    _e.action_id == sa.bindparam("of_action"), _e.event == sa.bindparam("event"), _e.finish_time.is_(None)
)


def start(conn: Connection, context: RequestContext, server_id: int, action: str) -> int:
    """Records that ``context``'s request began ``action`` on the server with row id ``server_id``; its id."""
    now = utcnow()
    values = {
        "server_id": server_id,
        "action": action,
        "request_id": context.request_id,
        "user_id": context.user_id,
        "project_id": context.project_id,
        "start_time": now,
        "created_at": now,
    }
    return _new_id(conn.execute(_INSERT, values))


def finish(conn: Connection, action_id: int | None, *, failed: bool = False) -> None:
    """Closes an action; ``failed`` leaves the word Error in its message."""
    if action_id is None:
        return
    now = utcnow()
    values: dict[str, object] = {"finish_time": now, "updated_at": now}
    if failed:
        values["message"] = ERROR
    conn.execute(_UPDATE, {"of_action": action_id, **values})


def start_event(
    conn: Connection,
    action_id: int | None,
    event: str,
    host: str | None,
    *,
    first: bool = False,
    late: bool = False,
) -> int | None:
    """Begins ``event`` of an action, or takes over the unfinished one that a dead worker left; its id.

    ``first`` says that nobody can have left one, and saves looking.  None for
    work that no action belongs to (``action_id`` is None), and where somebody
    has ended that: he has closed its events, and nobody would close this one.
    Work that always comes to its end may begin so ``late``.
    """
    if action_id is None:
        return None
    now = utcnow()
    if not first:
        unfinished: int | None = conn.scalar(_UNFINISHED, {"of_action": action_id, "event": event})
        if unfinished is not None:
            conn.execute(_UPDATE_EVENT, {"of_event": unfinished, "host": host})
            return unfinished
    touch = _UPDATE if late else _TOUCH
    if conn.execute(touch, {"of_action": action_id, "updated_at": now}).rowcount == 0:
        return None
    values = {"action_id": action_id, "event": event, "start_time": now, "host": host}
    return _new_id(conn.execute(_INSERT_EVENT, values))


def finish_event(
    conn: Connection,
    event_id: int | None,
    *,
    failed: bool = False,
    details: str | None = None,
    traceback: str | None = None,
) -> None:
    """Closes an event with Success or Error; ``details`` is for users, ``traceback`` for administrators."""
    if event_id is None:
        return
    values = {
        "finish_time": utcnow(),
        "result": ERROR if failed else SUCCESS,
        "details": details,
        "traceback": traceback,
    }
    conn.execute(_UPDATE_EVENT, {"of_event": event_id, **values})


def fail_unfinished(conn: Connection, action_id: int | None, details: str, traceback: str | None) -> None:
    """Closes an action that was given up, and whatever events of it are still open, with Error."""
    # The action first: then no event can begin that is not seen here.
    finish(conn, action_id, failed=True)
    fail_events(conn, action_id, details, traceback)


def fail_events(conn: Connection, action_id: int | None, details: str, traceback: str | None = None) -> None:
    """Closes the open events of an action with Error."""
    e = server_action_events.c
    if action_id is not None:
        conn.execute(
            sa.update(server_action_events)
            .where(e.action_id == action_id, e.finish_time.is_(None))
            .values(finish_time=utcnow(), result=ERROR, details=details, traceback=traceback)
        )


def abandon(conn: Connection, server_id: int, keep: Collection[int], details: str) -> None:
    """Closes with Error whatever is unfinished of a server that is no more, but for the actions ``keep``.

    Those who were at work on it find their work items gone, and have nothing left to close it with.
    """
    a = server_actions.c
    unfinished = sa.select(a.id).where(a.server_id == server_id, a.finish_time.is_(None), a.id.not_in(keep))
    for action_id in conn.scalars(unfinished).all():
        fail_unfinished(conn, action_id, details, None)


def close_events(conn: Connection, action_id: int | None, details: str) -> None:
    """Closes with Error the open events of an action that has ended without them; others stay open."""
    a, e = server_actions.c, server_action_events.c
    ended = sa.select(a.id).where(a.id == action_id, a.finish_time.is_not(None))
    if action_id is not None and conn.scalar(ended) is not None:
        conn.execute(
            sa.update(server_action_events)
            .where(e.action_id == action_id, e.finish_time.is_(None))
            .values(finish_time=utcnow(), result=ERROR, details=details)
        )


def list_actions(
    conn: Connection,
    server_id: int,
    *,
    limit: int | None = None,
    marker: str | None = None,
    changes_since: datetime.datetime | None = None,
    changes_before: datetime.datetime | None = None,
) -> list[Action]:
    """A server's actions, newest first, after the one whose request id is ``marker``.

    ``changes_since`` and ``changes_before`` (naive UTC, both inclusive) compare
    with the time of the last change.  Raises ``MarkerNotFound``.
    """
    a = server_actions.c
    query = sa.select(*_ACTION_COLUMNS).where(a.server_id == server_id)
    changed = sa.func.coalesce(a.updated_at, a.created_at)
    if changes_since is not None:
        query = query.where(changed >= changes_since)
    if changes_before is not None:
        query = query.where(changed <= changes_before)
    if marker is not None:
        last = conn.execute(
            sa.select(a.created_at, a.id).where(a.server_id == server_id, a.request_id == marker)
        ).first()
        if last is None:
            raise exception.MarkerNotFound(marker=marker)
        query = query.where(
            sa.or_(a.created_at < last.created_at, sa.and_(a.created_at == last.created_at, a.id < last.id))
        )
    query = query.order_by(a.created_at.desc(), a.id.desc())
    if limit is not None:
        query = query.limit(limit)
    return [Action(**row._mapping) for row in conn.execute(query)]


def show(conn: Connection, server_id: int, request_id: str) -> tuple[Action, list[Event]]:
    """One action by its request id, with its events, newest first; raises ``ActionNotFound``."""
    a = server_actions.c
    row = conn.execute(
        sa.select(*_ACTION_COLUMNS)
        .where(a.server_id == server_id, a.request_id == request_id)
        .order_by(a.id.desc())
    ).first()
    if row is None:
        raise exception.ActionNotFound(request_id=request_id, server_id=server_id)
    found = Action(**row._mapping)
    e = server_action_events.c
    rows = conn.execute(
        sa.select(*_EVENT_COLUMNS).where(e.action_id == found.id).order_by(e.start_time.desc(), e.id.desc())
    )
    return found, [Event(**row._mapping) for row in rows]


def _new_id(result: sa.CursorResult[tuple[object, ...]]) -> int:
    key = result.inserted_primary_key
    assert key is not None  # every one of these tables has one
    return int(key[0])
