"""Reading servers: one, a page, and what belongs to the servers of a page.

Every function runs a fixed number of statements, however many servers it is
asked about.  Records are rows of ``servers``; ids are row ids.
"""

from __future__ import annotations

import datetime
import functools
import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, overload

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception, turns
from nova_api.db import keyset, packed, regex
from nova_api.db.prepared import Prepared
from nova_api.db.schema.compute import server_metadata, server_tags, servers
from nova_api.db.server_filters import SORTED, Filters, conditions
from nova_api.db.server_parts import PARTS, AttachedVolume, Fault

_s = servers.c


class Server:
    """A row of ``servers``, of the columns that were asked for, and the parts that were.

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
    root_gb: int
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

    metadata: dict[str, str]
    tags: list[str]
    volumes: list[AttachedVolume]
    server_groups: list[str]
    ports: list[dict[str, Any]] | None = None
    host_zone: str | None
    host_service: list[Any] | None = None
    fault: Fault | None

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__ = values

    @property
    def shown_nics(self) -> list[dict[str, Any]]:
        """Its NICs: as the embedded network service has them now, else as they were last stored."""
        return self.ports or self.nics or []


#: Columns that a page carries only when asked: large ones, and those that few readers want.
_ON_DEMAND = frozenset(
    {"user_data", "key_data", "image_properties", "requested_networks", "requested_security_groups"}
)
USUAL = tuple(column.name for column in _s if column.name not in _ON_DEMAND)
#: Columns of a list with details: less what only schedulers, quotas and offloading look at.
SHOWN = tuple(
    name
    for name in USUAL
    if name
    not in (
        *("vcpus", "memory_mb", "root_gb", "ephemeral_gb", "flavorid"),
        *("shelved_at", "shelved_image_id", "deleted_at"),
    )
)
#: Columns of a list without details.
BRIEF = ("uuid", "name")
#: Servers looked through at once where a filter cannot be left to the database.
_BATCH = 500


_ALL = tuple(column.name for column in _s)


def _columns(names: tuple[str, ...]) -> list[sa.ColumnElement[Any]]:
    return [PARTS[name].rows if name in PARTS else _s[name] for name in names]


@functools.cache  # views ask for a handful of sets of columns
def _values(names: tuple[str, ...]) -> Callable[[str], dict[str, Any]]:
    """From the packed row of the columns and parts ``names`` to their values by name."""
    read = packed.reader(_columns(names))
    parts = [(at, PARTS[name].told) for at, name in enumerate(names) if name in PARTS]

    def values_of(text: str) -> dict[str, Any]:
        values = read(text)
        for at, told in parts:
            values[at] = told(values[at] or [])
        return dict(zip(names, values, strict=True))

    return values_of


@functools.cache
def _packed(names: tuple[str, ...]) -> sa.ColumnElement[str]:
    return packed.row(_columns(names))


@functools.cache
def _find(names: tuple[str, ...], deleted: bool) -> Prepared:
    query = sa.select(_packed(names)).select_from(servers).where(_s.uuid == sa.bindparam("wanted"))
    return Prepared(query if deleted else query.where(_s.deleted == sa.false()))


def find(conn: Connection, uuid: str, *, deleted: bool = False, parts: Collection[str] = ()) -> Server | None:
    """The server with ``uuid``, all columns, and ``parts`` of it; deleted ones only when asked."""
    names = (*_ALL, *sorted(parts))
    text = _find(names, deleted).first(conn, wanted=uuid)
    return None if text is None else Server(_values(names)(text))


def find_several(conn: Connection, uuids: Collection[str]) -> dict[str, Server]:
    """{uuid: server} of those of ``uuids`` that are there, with the usual columns."""
    query = sa.select(_packed(USUAL)).select_from(servers)
    query = query.where(_s.uuid.in_(uuids), _s.deleted == sa.false())
    found = map(_values(USUAL), conn.scalars(query))
    return {values["uuid"]: Server(values) for values in found}


def page(
    conn: Connection,
    filters: Filters,
    *,
    sort: Sequence[tuple[str, bool]] = (),
    limit: int,
    marker: str | None = None,
    columns: Collection[str] = USUAL,
) -> Sequence[Server]:
    """At most ``limit`` servers after the one with uuid ``marker``.

    ``sort`` is (key of ``SORTED``, whether it descends); creation time and id
    must stand at its end.  ``columns`` are the names to fetch, also of parts.
    One statement; one more for the marker, and some where addresses are looked through.
    Raises MarkerNotFound, and Invalid for a regular expression that the database does not take.
    """
    names = tuple(columns)
    after = None if marker is None else _values_at(conn, filters, sort, marker)
    if filters.ip is None and filters.ip6 is None:
        rows = _rows(conn, _select(filters, sort, [_packed(names)], after).limit(limit))
        return Page([row[0] for row in rows], _values(names))
    ids = list(itertools.islice(_with_address(conn, filters, sort, after), limit))
    texts = _texts(conn, ids, names)
    return Page([texts[id] for id in ids if id in texts], _values(names))


@functools.cache  # as many as there are views
def _several(names: tuple[str, ...]) -> sa.Select[Any]:
    query = sa.select(_s.id, _packed(names)).select_from(servers)
    return query.where(_s.id.in_(sa.bindparam("servers", expanding=True)))


def _texts(conn: Connection, ids: Sequence[int], names: tuple[str, ...]) -> dict[int, str]:
    rows = conn.execute(_several(names), {"servers": ids}) if ids else ()
    return {row.id: row[1] for row in rows}


class Page(Sequence[Server]):
    """Servers whose records are made when they are looked at, anew each time.

    A few at a time, and forgotten before the next ones, stay in the processor's caches: a page of a
    thousand takes a third less time than with all its records made first.
    """

    def __init__(self, texts: Sequence[str], values: Callable[[str], dict[str, Any]]) -> None:
        self._texts = texts
        self._values = values

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, at: int) -> Server: ...
    @overload
    def __getitem__(self, at: slice) -> list[Server]: ...
    def __getitem__(self, at: int | slice) -> Server | list[Server]:
        values, texts = self._values, self._texts
        if isinstance(at, slice):
            return [Server(values(text)) for text in texts[at]]
        return Server(values(texts[at]))


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
    after: Sequence[Any] | None,
) -> Iterator[int]:
    """Ids of servers with a matching address; NICs are JSON, which no two databases search alike."""
    patterns = {4: filters.ip, 6: filters.ip6}
    matches = {v: regex.matcher(f"^(?:{pattern})") for v, pattern in patterns.items() if pattern is not None}
    looked_at = [_s.id, _s.nics.label("searched"), *(SORTED[name].label(f"key_{name}") for name, _ in sort)]
    while True:
        batch = _rows(conn, _select(filters, sort, looked_at, after).limit(_BATCH))
        for row in batch:
            addresses = [address for nic in row.searched or () for address in nic["fixed_ips"]]
            if any(a["version"] in matches and matches[a["version"]](a["address"]) for a in addresses):
                yield row.id
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


def add_parts(conn: Connection, records: Collection[Server], parts: Collection[str]) -> None:
    """Gives ``records``, read without them, these parts as they are now; one statement."""
    names = tuple(sorted(parts))
    if not names or not records:
        return
    texts, values = _texts(conn, [record.id for record in records], names), _values(names)
    for record in turns.shared(records):
        vars(record).update(values(texts[record.id]))
