"""Reading servers: one, a page, and what belongs to the servers of a page.

Every function runs a fixed number of statements, however many servers it is
asked about.  Records are rows of ``servers``; ids are row ids.
"""

from __future__ import annotations

import datetime
import functools
import itertools
import types
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception, turns
from nova_api.db import keyset, packed, regex
from nova_api.db.schema.block_device import server_block_devices
from nova_api.db.schema.compute import server_faults, server_metadata, server_tags, servers
from nova_api.db.schema.placement import server_group_members, server_groups
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


_ALL = tuple(column.name for column in _s)


def _columns(names: tuple[str, ...]) -> list[sa.ColumnElement[Any]]:
    return [_s[name] for name in names]


@functools.cache  # views ask for a handful of sets of columns
def _record(names: tuple[str, ...]) -> Callable[[str], Server]:
    """From the packed row of the columns ``names`` to the record."""
    read = packed.reader(_columns(names))
    return lambda text: Server(**dict(zip(names, read(text), strict=True)))


@functools.cache
def _packed(names: tuple[str, ...]) -> sa.ColumnElement[str]:
    return packed.row(_columns(names))


_FIND = sa.select(_packed(_ALL)).select_from(servers).where(_s.uuid == sa.bindparam("wanted"))
_FIND_LIVE = _FIND.where(_s.deleted == sa.false())


def find(conn: Connection, uuid: str, *, deleted: bool = False) -> Server | None:
    """The server with ``uuid``, all columns; deleted ones only when asked."""
    text = conn.scalar(_FIND if deleted else _FIND_LIVE, {"wanted": uuid})
    return None if text is None else _record(_ALL)(text)


def find_several(conn: Connection, uuids: Collection[str]) -> dict[str, Server]:
    """{uuid: server} of those of ``uuids`` that are there, with the usual columns."""
    query = sa.select(_packed(USUAL)).select_from(servers)
    query = query.where(_s.uuid.in_(uuids), _s.deleted == sa.false())
    found = map(_record(USUAL), conn.scalars(query))
    return {server.uuid: server for server in found}


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
    names = tuple(columns)
    wanted = [_packed(names)]
    after = None if marker is None else _values_at(conn, filters, sort, marker)
    if filters.ip is None and filters.ip6 is None:
        rows: Iterable[Sequence[Any]] = _rows(conn, _select(filters, sort, wanted, after).limit(limit))
    else:
        rows = itertools.islice(_with_address(conn, filters, sort, wanted, after), limit)
    record = _record(names)
    return [record(row[0]) for row in turns.shared(rows)]


def _select(
    filters: Filters,
    sort: Sequence[tuple[str, bool]],
    columns: Sequence[sa.ColumnElement[Any]],
    after: Sequence[Any] | None,
) -> sa.Select[Any]:
    query = sa.select(*columns).select_from(servers).where(*conditions(filters))
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


class AttachedVolume(NamedTuple):
    """What a server's reply tells of a volume; ``volume_id`` is None until it is made."""

    volume_id: str | None
    delete_on_termination: bool


_d = server_block_devices.c
_g = server_group_members.c
#: What ``related_of`` can load, by name: columns, the table they are of, and which rows are a server's.
_RELATED: dict[str, sa.ScalarSelect[Any]] = {
    "metadata": sa.select(packed.rows((server_metadata.c.key, server_metadata.c.value)))
    .select_from(server_metadata)
    .where(server_metadata.c.server_id == _s.id)
    .scalar_subquery(),
    "tags": sa.select(packed.rows((server_tags.c.tag,)))
    .select_from(server_tags)
    .where(server_tags.c.server_id == _s.id)
    .scalar_subquery(),
    "volumes": sa.select(packed.rows((_d.id, _d.volume_id, _d.delete_on_termination)))
    .select_from(server_block_devices)
    .where(_d.server_id == _s.id)
    .scalar_subquery(),
    "server_groups": sa.select(packed.rows((server_groups.c.uuid,)))
    .select_from(server_group_members.join(server_groups, server_groups.c.id == _g.group_id))
    .where(_g.server_id == _s.id)
    .scalar_subquery(),
}
#: From the rows of each to what is told of a server.
_TOLD: dict[str, Callable[[list[list[Any]]], Any]] = {
    "metadata": lambda rows: dict(sorted(rows)),
    "tags": lambda rows: sorted(tag for (tag,) in rows),
    "volumes": lambda rows: [AttachedVolume(volume, bool(delete)) for _, volume, delete in sorted(rows)],
    "server_groups": lambda rows: [uuid for (uuid,) in rows],
}
RELATED = frozenset(_RELATED)


@functools.cache  # as many as there are views
def _related_query(names: tuple[str, ...]) -> sa.Select[Any]:
    columns = [_RELATED[name] for name in names]
    return sa.select(_s.id, *columns).where(_s.id.in_(sa.bindparam("servers", expanding=True)))


def related_of(
    conn: Connection, server_ids: Collection[int], names: Collection[str]
) -> dict[str, dict[int, Any]]:
    """{name: {server id: what it has}} of ``names`` in ``RELATED``; servers without any are left out.

    metadata is {key: value}, tags a list in alphabetical order, volumes a list of
    AttachedVolume in the order in which they were asked for, server_groups the
    uuid of the server's group as a list of one.  One statement.
    """
    wanted = tuple(sorted(names))
    found: dict[str, dict[int, Any]] = {name: {} for name in wanted}
    if not wanted or not server_ids:
        return found
    rows = conn.execute(_related_query(wanted), {"servers": list(server_ids)})
    for server_id, *texts in turns.shared(rows):
        for name, text in zip(wanted, texts, strict=True):
            belonging = packed.read_rows(text)
            if belonging:
                found[name][server_id] = _TOLD[name](belonging)
    return found


def faults_of(conn: Connection, server_ids: Collection[int]) -> dict[int, sa.Row[Any]]:
    """{server id: its latest fault}; servers without one are left out."""
    f = server_faults.c
    latest = sa.select(sa.func.max(f.id)).where(f.server_id.in_(server_ids)).group_by(f.server_id)
    rows = conn.execute(sa.select(server_faults).where(f.id.in_(latest)))
    return {row.server_id: row for row in rows}
