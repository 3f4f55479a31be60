"""Work items: enqueue, claim, renew, finish, give back.  Every change of hands is a compare-and-swap."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import orjson
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import packed
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.work import work_items

READY = "ready"
CLAIMED = "claimed"

_c = work_items.c

# Statements of every request and every job are made once: making one takes as long as running it.
_CLAIM = (
    sa.update(work_items)
    .where(
        _c.uuid == sa.bindparam("item"),
        _c.topic == sa.bindparam("of_topic"),
        # A transaction that had to be repeated has woken the host of its first time as well.
        sa.or_(_c.host.is_(None), _c.host == sa.bindparam("of_host")),
        _c.state == READY,
        sa.or_(_c.run_after.is_(None), _c.run_after <= sa.bindparam("now")),
    )
    .values(state=CLAIMED, attempts=_c.attempts + 1)
)
_OF_ITEM = (
    *(_c.topic, _c.host, _c.method, _c.server_uuid, _c.action_id),
    *(_c.payload, _c.context, _c.attempts),
)
_values = packed.reader(_OF_ITEM)
_CLAIMED = sa.select(packed.row(_OF_ITEM)).select_from(work_items).where(_c.uuid == sa.bindparam("item"))
#: Nobody has claimed the item since: also where its lease has run out, or a successor has freed it.  The
#: number of attempts tells: every claim raises it.  What was given back has a time to wait for, and what
#: was passed on another topic; both are nobody's.
_STILL_MINE = sa.and_(
    _c.uuid == sa.bindparam("item"),
    _c.topic == sa.bindparam("of_topic"),
    _c.attempts == sa.bindparam("attempt"),
    sa.or_(_c.claimed_by == sa.bindparam("worker"), sa.and_(_c.claimed_by.is_(None), _c.run_after.is_(None))),
)
_INSERT = sa.insert(work_items)
_UPDATE = sa.update(work_items).where(_STILL_MINE)
_DELETE = sa.delete(work_items).where(_STILL_MINE)
_HELD = sa.select(_c.id).where(_STILL_MINE)

#: Of the caller's context, what a worker needs.  Not the token: items are not a place for credentials.
_CONTEXT_KEYS = (
    "user_id",
    "project_id",
    "user_name",
    "project_name",
    "user_domain_id",
    "project_domain_id",
    "roles",
    "is_admin",
    "request_id",
    "global_request_id",
)


class HasUuid(Protocol):
    """A server's record, as far as a work item needs it."""

    @property
    def uuid(self) -> str: ...


@dataclasses.dataclass(frozen=True)
class Item:
    """A claimed work item; ``attempts`` counts this claim too."""

    uuid: str
    topic: str
    host: str | None
    method: str
    server_uuid: str | None
    action_id: int | None
    payload: dict[str, Any]
    context: RequestContext
    attempts: int
    claimed_by: str


class Pending(NamedTuple):
    """What an item says is to be done."""

    method: str
    payload: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class Backlog:
    """Work items of one topic in one state; ``age`` is how many seconds the oldest has been due."""

    topic: str
    state: str
    items: int
    age: float


def backlog(conn: Connection) -> list[Backlog]:
    """What is waiting and what is being done, by topic and state."""
    due = sa.func.min(sa.func.coalesce(_c.run_after, _c.created_at)).label("due")
    query = sa.select(_c.topic, _c.state, sa.func.count().label("items"), due).group_by(_c.topic, _c.state)
    now = utcnow()
    return [
        Backlog(row.topic, row.state, row.items, max(0.0, (now - row.due).total_seconds()))
        for row in conn.execute(query)
    ]


def context_values(context: RequestContext) -> dict[str, Any]:
    """What travels of a context: ``RequestContext(**values)`` is the same one at the other end."""
    return {key: getattr(context, key, None) for key in _CONTEXT_KEYS}


def enqueue(
    conn: Connection,
    context: RequestContext,
    topic: str,
    method: str,
    server: HasUuid | None,
    payload: Mapping[str, Any],
    host: str | None = None,
    action_id: int | None = None,
    run_after: datetime.datetime | None = None,
) -> str:
    """Adds a work item in the caller's transaction; its uuid, for ``rpc.Client.cast`` after the commit.

    ``server`` is None for work that is no server's.  ``payload`` is JSON; the worker's method says
    what it must hold.  What is not due before ``run_after`` is found by a sweep.
    """
    item = str(uuid.uuid4())
    conn.execute(
        _INSERT,
        {
            "uuid": item,
            "topic": topic,
            "host": host,
            "method": method,
            "server_uuid": None if server is None else server.uuid,
            "action_id": action_id,
            "payload": orjson.dumps(dict(payload)).decode(),
            "context": orjson.dumps(context_values(context)).decode(),
            "state": READY,
            "run_after": run_after,
        },
    )
    return item


def is_ready(conn: Connection, item_uuid: str) -> bool:
    """Whether an item is there and nobody has begun it; waits for a transaction that is changing that."""
    which = sa.and_(_c.uuid == item_uuid, _c.state == READY)
    return conn.scalar(sa.select(_c.id).where(which).with_for_update()) is not None


def withdraw(conn: Connection, item_uuid: str) -> bool:
    """Removes an item that nobody has begun; False when somebody has, or it is gone."""
    done = conn.execute(sa.delete(work_items).where(_c.uuid == item_uuid, _c.state == READY))
    return done.rowcount == 1


def claim(
    conn: Connection,
    item_uuid: str,
    topic: str,
    worker: str,
    lease: datetime.timedelta,
    *,
    host: str | None = None,
) -> Item | None:
    """Takes a ready item of ``topic`` that is due for ``worker``, which is that of ``host``.

    None when it is gone, taken, not due, or another host's.
    """
    now = utcnow()
    values = {"claimed_by": worker, "lease_until": now + lease, "updated_at": now}
    asked = {"item": item_uuid, "of_topic": topic, "of_host": host, "now": now}
    done = conn.execute(_CLAIM, {**asked, **values})
    if done.rowcount != 1:
        return None
    text = conn.execute(_CLAIMED, {"item": item_uuid}).scalar_one()
    topic, host, method, server_uuid, action_id, payload, context, attempts = _values(text)
    return Item(
        uuid=item_uuid,
        topic=topic,
        host=host,
        method=method,
        server_uuid=server_uuid,
        action_id=action_id,
        payload=orjson.loads(payload),
        context=RequestContext(**orjson.loads(context)),
        attempts=attempts,
        claimed_by=worker,
    )


def _still_mine(item: Item) -> dict[str, Any]:
    """The parameters of ``_STILL_MINE``."""
    return {
        "item": item.uuid,
        "of_topic": item.topic,
        "attempt": item.attempts,
        "worker": item.claimed_by,
    }


def renew(conn: Connection, item: Item, lease: datetime.timedelta) -> bool:
    """Extends the lease of an item; False when somebody else has claimed it meanwhile."""
    values = {"state": CLAIMED, "claimed_by": item.claimed_by, "lease_until": utcnow() + lease}
    return conn.execute(_UPDATE, {**_still_mine(item), **values}).rowcount == 1


def pass_on(conn: Connection, item: Item, topic: str, host: str, payload: Mapping[str, Any]) -> None:
    """Makes a done item the next one of its work: the same method of another topic, on ``host``.

    In the transaction of the result, like ``finish``, and raises as that does.  To be cast after the commit.
    """
    now = utcnow()
    values = {
        "topic": topic,
        "host": host,
        "payload": orjson.dumps(dict(payload)).decode(),
        "state": READY,
        "attempts": 0,
        "claimed_by": None,
        "lease_until": None,
        "run_after": None,
        "created_at": now,
        "updated_at": now,
    }
    _only_one(conn.execute(_UPDATE, {**_still_mine(item), **values}), item)


def finish(conn: Connection, item: Item) -> None:
    """Removes a done item, in the transaction of its result.

    Raises ``StaleState`` when somebody else has claimed it meanwhile: the
    transaction must then be rolled back, for another worker has done or is
    doing the work.
    """
    _only_one(conn.execute(_DELETE, _still_mine(item)), item)


def _only_one(done: sa.CursorResult[Any], item: Item) -> None:
    if done.rowcount != 1:
        raise exception.StaleState(what="Work item", id=item.uuid)


def require(conn: Connection, item: Item) -> None:
    """Raises ``StaleState`` when somebody else has claimed the item meanwhile, or has done it."""
    if conn.scalar(_HELD, _still_mine(item)) is None:
        raise exception.StaleState(what="Work item", id=item.uuid)


def give_back(conn: Connection, item: Item, delay: float = 0.0) -> bool:
    """Lets another attempt begin after ``delay`` seconds, unless the claim was lost meanwhile.

    False when the item is there no more: it was discarded, with its server, or another run has done it.
    """
    now = utcnow()
    done = conn.execute(
        sa.update(work_items)
        .where(_c.uuid == item.uuid, _c.claimed_by == item.claimed_by, _c.state == CLAIMED)
        .values(
            state=READY,
            claimed_by=None,
            lease_until=None,
            run_after=now + datetime.timedelta(seconds=delay),
            updated_at=now,
        )
    )
    return done.rowcount == 1 or conn.scalar(sa.select(_c.id).where(_c.uuid == item.uuid)) is not None


def pending(conn: Connection, server_uuid: str) -> list[Pending]:
    """Everything that is still to be done to a server, also what is in hand, oldest first."""
    query = sa.select(_c.method, _c.payload).where(_c.server_uuid == server_uuid).order_by(_c.id)
    return [Pending(row.method, orjson.loads(row.payload)) for row in conn.execute(query)]


def discard(conn: Connection, server_uuid: str, *, keep: str, dead_host: str | None = None) -> list[int]:
    """Removes what was to be done to a server; the ids of the actions that it belonged to.

    What the method ``keep`` has to do stays, but for what ``dead_host`` had to do.
    """
    stays = sa.and_(_c.method == keep, sa.or_(_c.host.is_(None), _c.host != (dead_host or "")))
    return _discard(conn, sa.and_(_c.server_uuid == server_uuid, sa.not_(stays)))


def discard_of_host(conn: Connection, topic: str, host: str) -> list[int]:
    """Removes what a host had to do that has left the cloud; the ids of the actions that it belonged to."""
    return _discard(conn, sa.and_(_c.topic == topic, _c.host == host))


def _discard(conn: Connection, which: sa.ColumnElement[bool]) -> list[int]:
    found = conn.scalars(sa.select(_c.action_id).where(which)).all()
    conn.execute(sa.delete(work_items).where(which))
    return sorted({int(action) for action in found if action is not None})


def reclaim_expired(conn: Connection) -> int:
    """Makes ready what workers hold beyond their lease; how many items."""
    now = utcnow()
    expired = sa.and_(_c.state == CLAIMED, _c.lease_until < now)
    freed = 0
    # Found first, then changed one by one: an UPDATE over the range would lock, on MySQL, every claimed
    # item that it passes, and deadlock with the workers that finish them.
    for item in conn.scalars(sa.select(_c.uuid).where(expired)).all():
        done = conn.execute(
            sa.update(work_items)
            .where(_c.uuid == item, expired)
            .values(state=READY, claimed_by=None, lease_until=None, run_after=None, updated_at=now)
        )
        freed += done.rowcount
    return freed


def reclaim_from(conn: Connection, topic: str, host: str) -> int:
    """Makes ready what the previous worker of ``topic`` on ``host`` held when it died; how many items."""
    done = conn.execute(
        sa.update(work_items)
        .where(_c.state == CLAIMED, _c.topic == topic, _c.host == host)
        .values(state=READY, claimed_by=None, lease_until=None, run_after=None, updated_at=utcnow())
    )
    return int(done.rowcount)


def unclaimed(
    conn: Connection, topic: str, host: str | None, older_than: datetime.datetime, limit: int
) -> list[str]:
    """Ids, oldest first, of due items for ``topic`` (of ``host``) ready since before ``older_than``."""
    now = utcnow()
    changed = sa.func.coalesce(_c.updated_at, _c.created_at)
    query = (
        sa.select(_c.uuid)
        .where(
            _c.state == READY,
            _c.topic == topic,
            _c.host.is_(None) if host is None else _c.host == host,
            sa.case((_c.run_after.is_(None), changed <= older_than), else_=_c.run_after <= now),
        )
        .order_by(_c.id)
        .limit(limit)
    )
    return list(conn.scalars(query))
