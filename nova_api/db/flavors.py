"""Statements on flavors, their extra specs, and the projects that may use a private one."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.db import keyset, packed
from nova_api.db.prepared import Prepared
from nova_api.db.schema.compute import flavor_extra_specs, flavor_projects, flavors

_f = flavors.c
_x = flavor_extra_specs.c
_NEVER = datetime.datetime(1970, 1, 1)


def _sorted_by(columns: Any, name: str) -> sa.ColumnElement[Any]:
    """What sort key ``name`` compares, never null; ``columns`` are those of the table or of an alias."""
    expression: sa.ColumnElement[Any]
    match name:
        case "description":
            expression = sa.func.coalesce(columns.description, "")
        case "updated_at":
            expression = sa.func.coalesce(columns.updated_at, sa.literal(_NEVER, _f.updated_at.type))
        case "vcpu_weight":
            # The API knows this key, and no flavor has had a value for it in ten years.
            expression = columns.id
        case _:
            expression = columns[name]
    return expression


@dataclasses.dataclass(frozen=True)
class Flavor:
    """A row of ``flavors``: memory and swap in MiB, disks in GiB.

    ``id`` is internal; users know a flavor by its ``flavorid``.
    """

    id: int
    flavorid: str
    name: str
    memory_mb: int
    vcpus: int
    root_gb: int
    ephemeral_gb: int
    swap: int
    rxtx_factor: float
    is_public: bool
    disabled: bool
    description: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime | None


@dataclasses.dataclass(frozen=True)
class FlavorFilter:
    """Which flavors a list shows; None means any.

    ``project_id`` adds, to public flavors only, the private ones that the project was given.
    """

    is_public: bool | None = None
    project_id: str | None = None
    enabled_only: bool = False
    min_memory_mb: int | None = None
    min_root_gb: int | None = None
    name: str | None = None


_COLUMNS = [_f[field.name] for field in dataclasses.fields(Flavor)]
_ROW = sa.select(packed.row(_COLUMNS)).select_from(flavors)
_values = packed.reader(_COLUMNS)


def _given_to(project_id: str | None) -> sa.ColumnElement[bool]:
    mine = sa.select(flavor_projects.c.flavor_id).where(flavor_projects.c.project_id == project_id)
    return _f.id.in_(mine)


def _record(text: str) -> Flavor:
    return Flavor(*_values(text))


def find(
    conn: Connection, flavorid: str, project_id: str | None = None, everything: bool = False
) -> Flavor | None:
    """The flavor that users call ``flavorid``, where ``project_id`` may see it (or ``everything``)."""
    query = _ROW.where(_f.flavorid == flavorid)
    if not everything:
        query = query.where(sa.or_(_f.is_public.is_(True), _given_to(project_id)))
    text = conn.scalar(query)
    return None if text is None else _record(text)


_SPECS = packed.rows(
    "extra_specs",
    (_x.key, _x.value),
    sa.select().select_from(flavor_extra_specs).where(_x.flavor_id == _f.id),
)
_read_whole = packed.reader((*_COLUMNS, _SPECS))


def _whole(*more: sa.ColumnElement[bool]) -> sa.Select[Any]:
    query = sa.select(packed.row((*_COLUMNS, _SPECS))).select_from(flavors)
    return query.where(_f.flavorid == sa.bindparam("flavor"), *more)


# Made once: making a statement takes as long as running it.
_WHOLE = _whole()
_WHOLE_OF_PROJECT = _whole(
    sa.or_(
        _f.is_public.is_(True),
        _f.id.in_(
            sa.select(flavor_projects.c.flavor_id).where(
                flavor_projects.c.project_id == sa.bindparam("project")
            )
        ),
    )
)


def find_whole(
    conn: Connection, flavorid: str, project_id: str | None, everything: bool
) -> tuple[Flavor, dict[str, str]] | None:
    """As ``find``, with the flavor's extra specs, keys in order; one statement."""
    if everything:
        text = conn.scalar(_WHOLE, {"flavor": flavorid})
    else:
        text = conn.scalar(_WHOLE_OF_PROJECT, {"flavor": flavorid, "project": project_id})
    if text is None:
        return None
    *values, specs = _read_whole(text)
    return Flavor(*values), {str(key): str(value) for key, value in sorted(specs or ())}


def find_page(
    conn: Connection, wanted: FlavorFilter, sort_key: str, descending: bool, limit: int, marker: Flavor | None
) -> list[Flavor]:
    """At most ``limit`` flavors after ``marker``, by ``sort_key`` and then by age."""
    return [_record(text) for text in _page(wanted, sort_key, descending, limit, marker).all(conn)]


@functools.lru_cache(maxsize=128)  # building the statement takes nearly as long as running it
def _page(
    wanted: FlavorFilter, sort_key: str, descending: bool, limit: int, marker: Flavor | None
) -> Prepared:
    keys = [_sort_key(name, descending, marker) for name in dict.fromkeys((sort_key, "id"))]
    query = _ROW.where(*_conditions(wanted)).order_by(*keyset.order_by(keys)).limit(limit)
    return Prepared(query if marker is None else query.where(keyset.after(keys)))


def _sort_key(name: str, descending: bool, marker: Flavor | None) -> keyset.SortKey:
    if marker is None:
        return _sorted_by(_f, name), descending, None
    # The marker's value is read by the database itself: a FLOAT that went
    # through Python no longer equals its own column on MySQL.
    other = flavors.alias("marker").c
    value = sa.select(_sorted_by(other, name)).where(other.id == marker.id).scalar_subquery()
    return _sorted_by(_f, name), descending, value


def _conditions(wanted: FlavorFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.is_public is not None:
        public = _f.is_public.is_(wanted.is_public)
        shown = wanted.is_public and wanted.project_id is not None
        conditions.append(sa.or_(public, _given_to(wanted.project_id)) if shown else public)
    if wanted.enabled_only:
        conditions.append(_f.disabled.is_(False))
    if wanted.min_memory_mb is not None:
        conditions.append(_f.memory_mb >= wanted.min_memory_mb)
    if wanted.min_root_gb is not None:
        conditions.append(_f.root_gb >= wanted.min_root_gb)
    if wanted.name is not None:
        conditions.append(_f.name == wanted.name)
    return conditions


def exists(conn: Connection, **values: str) -> bool:
    """Whether there is a flavor with these values of its columns."""
    return (
        conn.scalar(sa.select(_f.id).where(*(_f[name] == value for name, value in values.items())))
        is not None
    )


def insert(conn: Connection, values: Mapping[str, Any]) -> None:
    """Adds a row; raises one of ``DUPLICATE_ERRORS`` for a name or id that is taken."""
    conn.execute(sa.insert(flavors).values(**values))


def set_description(conn: Connection, flavor_id: int, description: str | None) -> None:
    """Changes the one thing about a flavor that may change."""
    conn.execute(sa.update(flavors).where(_f.id == flavor_id).values(description=description))


def delete(conn: Connection, flavor_id: int) -> bool:
    """Removes a flavor with all that belongs to it; False when somebody else has done so."""
    conn.execute(sa.delete(flavor_extra_specs).where(flavor_extra_specs.c.flavor_id == flavor_id))
    conn.execute(sa.delete(flavor_projects).where(flavor_projects.c.flavor_id == flavor_id))
    return conn.execute(sa.delete(flavors).where(_f.id == flavor_id)).rowcount == 1


# --- extra specs ------------------------------------------------------------------


def extra_specs_of(conn: Connection, flavor_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The extra specs of each flavor, by internal id, keys in order; one statement."""
    specs: dict[int, dict[str, str]] = {flavor_id: {} for flavor_id in flavor_ids}
    if specs:
        table = flavor_extra_specs.c
        query = sa.select(table.flavor_id, table.key, table.value).where(table.flavor_id.in_(list(specs)))
        for flavor_id, key, value in conn.execute(query.order_by(table.key)):
            specs[flavor_id][key] = value
    return specs


def set_extra_specs(conn: Connection, flavor_id: int, specs: Mapping[str, str]) -> None:
    """Adds ``specs``, or changes those that are there."""
    table = flavor_extra_specs.c
    # A lock on the flavor: two writers of one key would both find it absent.
    conn.execute(sa.select(_f.id).where(_f.id == flavor_id).with_for_update())
    if not specs:
        return
    conn.execute(
        sa.delete(flavor_extra_specs).where(table.flavor_id == flavor_id, table.key.in_(list(specs)))
    )
    rows = [{"flavor_id": flavor_id, "key": key, "value": value} for key, value in specs.items()]
    conn.execute(sa.insert(flavor_extra_specs), rows)


def delete_extra_spec(conn: Connection, flavor_id: int, key: str) -> bool:
    """False when there is no such key."""
    table = flavor_extra_specs.c
    done = conn.execute(sa.delete(flavor_extra_specs).where(table.flavor_id == flavor_id, table.key == key))
    return done.rowcount == 1


# --- access -----------------------------------------------------------------------


def projects_of(conn: Connection, flavor_id: int) -> list[str]:
    """The projects that were given the flavor, in order."""
    table = flavor_projects.c
    query = sa.select(table.project_id).where(table.flavor_id == flavor_id).order_by(table.project_id)
    return list(conn.scalars(query))


def add_project(conn: Connection, flavor_id: int, project_id: str) -> None:
    """Raises one of ``DUPLICATE_ERRORS`` when it was given already."""
    conn.execute(sa.insert(flavor_projects).values(flavor_id=flavor_id, project_id=project_id))


def remove_project(conn: Connection, flavor_id: int, project_id: str) -> bool:
    """False when it was not given."""
    table = flavor_projects.c
    done = conn.execute(
        sa.delete(flavor_projects).where(table.flavor_id == flavor_id, table.project_id == project_id)
    )
    return done.rowcount == 1
