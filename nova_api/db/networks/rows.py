"""What every networking table can do: find, list by keyset, insert, update, delete."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api.db import keyset
from nova_api.db.schema.network import tags

Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows, in which order, how many.

    ``equal`` maps columns to accepted values; ``sort`` is (column,
    descending); ``marker`` is the UUID after which the page starts (before
    which it ends, with ``backward``).
    """

    equal: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    sort: Sequence[tuple[str, bool]] = ()
    limit: int | None = None
    marker: str | None = None
    backward: bool = False


def find(conn: Connection, table: sa.Table, uuid: str, *, lock: bool = False) -> RowMapping | None:
    """The row with that UUID, locked till the end of the transaction when asked."""
    query = sa.select(table).where(table.c.uuid == uuid)
    return conn.execute(query.with_for_update() if lock else query).mappings().first()


def exists(conn: Connection, *conditions: Condition) -> bool:
    """Whether any row satisfies all the conditions."""
    return conn.execute(sa.select(sa.literal(1)).where(*conditions).limit(1)).first() is not None


def _never_null(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if not column.nullable:
        return column
    numeric = isinstance(column.type, sa.Integer | sa.BigInteger)
    return sa.func.coalesce(column, -1 if numeric else "")


def find_all(
    conn: Connection, table: sa.Table, listing: Listing, conditions: Sequence[Condition] = ()
) -> Sequence[RowMapping]:
    """The rows that ``listing`` and ``conditions`` describe; an unknown marker gives no rows.

    Without a sort the order is that of creation.
    """
    wanted = [*conditions, *(table.c[name].in_(list(values)) for name, values in listing.equal.items())]
    flip = listing.backward
    columns: list[tuple[sa.ColumnElement[Any], bool]] = [
        (_never_null(table.c[name]), descending != flip) for name, descending in listing.sort
    ]
    columns.append((table.c.id, flip))
    values: Sequence[Any] = [None] * len(columns)
    if listing.marker is not None:
        labelled = [column.label(f"k{position}") for position, (column, _) in enumerate(columns)]
        found = conn.execute(sa.select(*labelled).where(table.c.uuid == listing.marker)).first()
        if found is None:
            return []
        values = found
    keys = [(column, descending, value) for (column, descending), value in zip(columns, values, strict=True)]
    if listing.marker is not None:
        wanted.append(keyset.after(keys))
    query = sa.select(table).where(*wanted).order_by(*keyset.order_by(keys))
    if listing.limit is not None:
        query = query.limit(listing.limit)
    rows = conn.execute(query).mappings().all()
    return rows[::-1] if flip else rows


def insert(conn: Connection, table: sa.Table, **values: Any) -> None:
    """Adds a row; raises one of ``DUPLICATE_ERRORS``."""
    conn.execute(_insert(table), values)


@functools.cache  # as many as there are tables
def _insert(table: sa.Table) -> sa.Insert:
    return sa.insert(table)


def update(conn: Connection, table: sa.Table, uuid: str, **values: Any) -> None:
    """Changes a row."""
    if values:
        conn.execute(table.update().where(table.c.uuid == uuid).values(**values))


def delete(conn: Connection, table: sa.Table, uuid: str) -> bool:
    """Removes a row and its tags; False when there is none."""
    conn.execute(tags.delete().where(tags.c.resource_id == uuid))
    return bool(conn.execute(table.delete().where(table.c.uuid == uuid)).rowcount)
