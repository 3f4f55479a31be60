"""Reading servers: one, a page, and what belongs to the servers of a page.

Every function runs a fixed number of statements, however many servers it is
asked about.  Records are rows of ``servers``; ids are row ids.
"""

from __future__ import annotations

import datetime
import itertools
import types
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.db import keyset, regex
from nova_api.db.schema.compute import server_faults, server_metadata, server_tags, servers
from nova_api.db.server_filters import SORTED, Filters, conditions

_s = servers.c


class Server(types.SimpleNamespace):
    """A row of ``servers``, of the columns that were asked for.

    Not SQLAlchemy's row: a view reads forty attributes of each of a thousand
    servers, and a row takes six times as long for each.
    """

    id: int
    uuid: str
    project_id: str
    user_id: str
    name: str
    description: str | None
    hostname: str
    reservation_id: str
    launch_index: int
    vm_state: str
    task_state: str | None
    power_state: int
    progress: int
    locked_by: str | None
    locked_reason: str | None
    host: str | None
    node: str | None
    availability_zone: str | None
    flavor: dict[str, Any]
    image_id: str | None
    image_properties: dict[str, Any] | None
    root_device_name: str | None
    key_name: str | None
    user_data: str | None
    config_drive: bool
    disk_config: str
    access_ip_v4: str | None
    access_ip_v6: str | None
    scheduler_hints: dict[str, Any] | None
    trusted_certs: list[str] | None
    nics: list[dict[str, Any]] | None
    launched_at: datetime.datetime | None
    shelved_image_id: str | None
    terminated_at: datetime.datetime | None
    deleted: bool
    created_at: datetime.datetime
    updated_at: datetime.datetime | None


#: Columns that a page carries only when asked: large ones, and those that few readers want.
_ON_DEMAND = frozenset(
    {"user_data", "key_data", "image_properties", "requested_networks", "requested_security_groups"}
)
USUAL = tuple(column.name for column in _s if column.name not in _ON_DEMAND)
#: Columns of a list without details.
BRIEF = ("id", "uuid", "name", "project_id", "user_id", "created_at", "vm_state", "task_state", "deleted")
#: Servers looked through at once where a filter cannot be left to the database.
_BATCH = 500


def find(conn: Connection, uuid: str, *, deleted: bool = False) -> Server | None:
    """The server with ``uuid``, all columns; deleted ones only when asked."""
    query = sa.select(servers).where(_s.uuid == uuid)
    if not deleted:
        query = query.where(_s.deleted == sa.false())
    row = conn.execute(query).first()
    return None if row is None else Server(**row._mapping)


def find_several(conn: Connection, uuids: Collection[str]) -> dict[str, Server]:
    """{uuid: server} of those of ``uuids`` that are there, with the usual columns."""
    query = sa.select(*(_s[name] for name in USUAL)).where(_s.uuid.in_(uuids), _s.deleted == sa.false())
    return {row.uuid: Server(**row._mapping) for row in conn.execute(query)}


def page(
    conn: Connection,
    filters: Filters,
    *,
    sort: Sequence[tuple[str, bool]] = (),
    limit: int,
    marker: str | None = None,
    columns: Collection[str] = USUAL,
) -> list[Server]:
    """At most ``limit`` servers after the one with uuid ``marker``.

    ``sort`` is (key of ``SORTED``, whether it descends); creation time and id
    must stand at its end.  ``columns`` are the names to fetch.  Raises
    MarkerNotFound, and Invalid for a regular expression that the database does
    not take.
    """
    wanted = [_s[name] for name in columns]
    after = None if marker is None else _values_at(conn, filters, sort, marker)
    if filters.ip is None and filters.ip6 is None:
        rows: Iterable[Sequence[Any]] = _rows(conn, _select(filters, sort, wanted, after).limit(limit))
    else:
        rows = itertools.islice(_with_address(conn, filters, sort, wanted, after), limit)
    return [Server(**dict(zip(columns, row, strict=False))) for row in rows]


def _select(
    filters: Filters,
    sort: Sequence[tuple[str, bool]],
    columns: Sequence[sa.ColumnElement[Any]],
    after: Sequence[Any] | None,
) -> sa.Select[Any]:
    query = sa.select(*columns).where(*conditions(filters))
    keys = [(SORTED[name], descends, None) for name, descends in sort]
    if after is not None:
        keys = [(column, descends, value) for (column, descends, _), value in zip(keys, after, strict=True)]
        query = query.where(keyset.after(keys))
    return query.order_by(*keyset.order_by(keys))


def _values_at(
    conn: Connection, filters: Filters, sort: Sequence[tuple[str, bool]], marker: str
) -> Sequence[Any]:
    """What the marker has under every sort key; it may have been deleted since it was shown."""
    query = sa.select(*(SORTED[name].label(f"key_{name}") for name, _ in sort)).where(_s.uuid == marker)
    if filters.project_id is not None:
        query = query.where(_s.project_id == filters.project_id)
    row = conn.execute(query).first()
    if row is None:
        raise exception.MarkerNotFound(f"marker [{marker}] not found")
    return row


def _rows(conn: Connection, query: sa.Select[Any]) -> list[sa.Row[Any]]:
    try:
        return list(conn.execute(query))
    except Exception as error:
        # oslo.db wraps some of the driver's errors in its own classes, which are no DBAPIErrors.
        if regex.is_refusal(error):
            raise exception.Invalid("The database cannot use the regular expression of a filter.") from error
        raise


def _with_address(
    conn: Connection,
    filters: Filters,
    sort: Sequence[tuple[str, bool]],
    columns: Sequence[sa.ColumnElement[Any]],
    after: Sequence[Any] | None,
) -> Iterator[sa.Row[Any]]:
    """Servers with a matching address, the columns of the search behind those asked for.

    NICs are JSON, which no two databases search alike.
    """
    patterns = {4: filters.ip, 6: filters.ip6}
    matches = {v: regex.matcher(f"^(?:{pattern})") for v, pattern in patterns.items() if pattern is not None}
    extra = [_s.nics.label("searched"), *(SORTED[name].label(f"key_{name}") for name, _ in sort)]
    while True:
        batch = _rows(conn, _select(filters, sort, [*columns, *extra], after).limit(_BATCH))
        for row in batch:
            addresses = [address for nic in row.searched or () for address in nic["fixed_ips"]]
            if any(a["version"] in matches and matches[a["version"]](a["address"]) for a in addresses):
                yield row
        if len(batch) < _BATCH:
            return
        after = batch[-1][-len(sort) :]


# --- what belongs to servers ------------------------------------------------


def metadata_of(conn: Connection, server_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """{server id: {key: value}}; servers without metadata are left out."""
    m = server_metadata.c
    found: dict[int, dict[str, str]] = {}
    query = sa.select(m.server_id, m.key, m.value).where(m.server_id.in_(server_ids))
    for server_id, key, value in conn.execute(query):
        found.setdefault(server_id, {})[key] = value
    return found


def tags_of(conn: Connection, server_ids: Collection[int]) -> dict[int, list[str]]:
    """{server id: tags in alphabetical order}; servers without tags are left out."""
    t = server_tags.c
    found: dict[int, list[str]] = {}
    query = sa.select(t.server_id, t.tag).where(t.server_id.in_(server_ids)).order_by(t.server_id, t.tag)
    for server_id, tag in conn.execute(query):
        found.setdefault(server_id, []).append(tag)
    return found


def faults_of(conn: Connection, server_ids: Collection[int]) -> dict[int, sa.Row[Any]]:
    """{server id: its latest fault}; servers without one are left out."""
    f = server_faults.c
    latest = sa.select(sa.func.max(f.id)).where(f.server_id.in_(server_ids)).group_by(f.server_id)
    rows = conn.execute(sa.select(server_faults).where(f.id.in_(latest)))
    return {row.server_id: row for row in rows}
