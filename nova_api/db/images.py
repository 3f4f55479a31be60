"""Statements on images, their properties, tags and members."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api.db import keyset, packed
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.image import image_members, image_properties, image_tags, images

#: Columns that a list may be sorted by, as never-null expressions.
SORT_KEYS: Mapping[str, sa.ColumnElement[Any]] = {
    **{
        name: images.c[name]
        for name in (
            "created_at",
            "name",
            "status",
            "visibility",
            "owner",
            "min_disk",
            "min_ram",
            "protected",
        )
    },
    "id": images.c.uuid,
    "updated_at": sa.func.coalesce(images.c.updated_at, images.c.created_at),
    "size": sa.func.coalesce(images.c.size, -1),
    "disk_format": sa.func.coalesce(images.c.disk_format, ""),
    "container_format": sa.func.coalesce(images.c.container_format, ""),
}


# Made once: making a statement takes as long as running it.
_values = packed.reader(list(images.c))
_BY_UUID = (
    sa.select(packed.row(list(images.c))).select_from(images).where(images.c.uuid == sa.bindparam("image"))
)
_SOME: sa.BindParameter[Any] = sa.bindparam("images", expanding=True)
_RELATED = sa.union_all(
    sa.select(
        sa.literal_column("0").label("is_tag"),
        image_properties.c.image_id,
        image_properties.c.name.label("name"),
        image_properties.c.value,
    ).where(image_properties.c.image_id.in_(_SOME)),
    sa.select(
        sa.literal_column("1"), image_tags.c.image_id, image_tags.c.tag, sa.cast(sa.null(), sa.Text)
    ).where(image_tags.c.image_id.in_(_SOME)),
).order_by("name")


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which images a list shows; None and empty mean any.

    ``equal`` maps columns to the values accepted; ``between`` columns to
    (least, greatest), each None for open; ``properties`` names to values.
    """

    equal: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    between: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ()
    hidden: bool | None = False
    visibility: str | None = None
    member_status: str = "accepted"
    updated_since: datetime.datetime | None = None


def _visible(project_id: str | None, wanted: ImageFilter) -> sa.ColumnElement[bool]:
    """What a project's list shows: its own, public ones, and those shared with it that it accepted."""
    shared = sa.select(image_members.c.image_id).where(image_members.c.project_id == project_id)
    if wanted.member_status != "all":
        shared = shared.where(image_members.c.status == wanted.member_status)
    alternatives = [
        images.c.owner == project_id,
        images.c.visibility == "public",
        sa.and_(images.c.visibility == "shared", images.c.id.in_(shared)),
    ]
    if wanted.visibility == "community":
        alternatives.append(images.c.visibility == "community")
    return sa.or_(*alternatives)


def _conditions(wanted: ImageFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for name, values in wanted.equal.items():
        conditions.append(images.c[name].in_(list(values)))
    for name, (least, greatest) in wanted.between.items():
        column = SORT_KEYS[name]
        if least is not None:
            conditions.append(column >= least)
        if greatest is not None:
            conditions.append(column <= greatest)
    if wanted.hidden is not None:
        conditions.append(images.c.hidden == wanted.hidden)
    if wanted.visibility not in (None, "all"):
        conditions.append(images.c.visibility == wanted.visibility)
    if wanted.updated_since is not None:
        conditions.append(SORT_KEYS["updated_at"] >= wanted.updated_since)
    for name, value in wanted.properties.items():
        having = sa.select(image_properties.c.image_id).where(
            image_properties.c.name == name, image_properties.c.value == value
        )
        conditions.append(images.c.id.in_(having))
    for tag in wanted.tags:
        conditions.append(images.c.id.in_(sa.select(image_tags.c.image_id).where(image_tags.c.tag == tag)))
    return conditions


def find_all(
    conn: Connection,
    wanted: ImageFilter,
    *,
    project_id: str | None,
    everything: bool,
    sort: Sequence[tuple[str, bool]],
    limit: int,
    marker: Mapping[str, Any] | None,
) -> Sequence[RowMapping]:
    """At most ``limit`` rows after ``marker`` that ``project_id`` sees; ``everything`` is for administrators.

    ``sort`` is (name out of ``SORT_KEYS``, descending) in order; the row id breaks ties.
    """
    conditions = _conditions(wanted)
    if not everything:
        conditions.append(_visible(project_id, wanted))
    last_descends = sort[-1][1] if sort else True
    columns = [(SORT_KEYS[name], descending) for name, descending in sort] + [(images.c.id, last_descends)]
    values: Sequence[Any] = [None] * len(columns)
    if marker is not None:
        labelled = [column.label(f"k{position}") for position, (column, _) in enumerate(columns)]
        values = conn.execute(sa.select(*labelled).where(images.c.id == marker["id"])).one()
    keys = [(column, descending, value) for (column, descending), value in zip(columns, values, strict=True)]
    if marker is not None:
        conditions.append(keyset.after(keys))
    query = sa.select(images).where(*conditions).order_by(*keyset.order_by(keys)).limit(limit)
    return conn.execute(query).mappings().all()


def find(conn: Connection, image_id: str) -> Mapping[str, Any] | None:
    """The row with that UUID, whoever owns it."""
    text = conn.scalar(_BY_UUID, {"image": image_id})
    return None if text is None else dict(zip(images.c.keys(), _values(text), strict=True))


def is_member(conn: Connection, row_id: int, project_id: str | None) -> bool:
    """Whether the image is shared with the project, accepted or not."""
    query = sa.select(image_members.c.status).where(
        image_members.c.image_id == row_id, image_members.c.project_id == project_id
    )
    return conn.execute(query).first() is not None


def related_of(
    conn: Connection, row_ids: Iterable[int]
) -> tuple[dict[int, dict[str, str | None]], dict[int, list[str]]]:
    """(row id → property → value, row id → tags), both in order; one statement."""
    properties: dict[int, dict[str, str | None]] = {}
    tags: dict[int, list[str]] = {}
    for is_tag, image, name, value in conn.execute(_RELATED, {"images": list(row_ids)}):
        if is_tag:
            tags.setdefault(image, []).append(name)
        else:
            properties.setdefault(image, {})[name] = value
    return properties, tags


def insert(conn: Connection, values: Mapping[str, Any]) -> int:
    """Adds an image; returns its row id.  Raises one of ``DUPLICATE_ERRORS``."""
    key = conn.execute(images.insert().values(**values)).inserted_primary_key
    if key is None:
        raise RuntimeError("the database gave the new image no row id")
    return int(key[0])


def update(conn: Connection, row_id: int, values: Mapping[str, Any], *, status: str | None = None) -> bool:
    """Changes an image, with ``status`` only while it has that one; False when it has not."""
    query = images.update().where(images.c.id == row_id)
    if status is not None:
        query = query.where(images.c.status == status)
    return bool(conn.execute(query.values(**values)).rowcount)


def delete(conn: Connection, row_id: int) -> bool:
    """Removes an image with all that hangs on it; False when somebody else just did."""
    return bool(conn.execute(images.delete().where(images.c.id == row_id)).rowcount)


def set_properties(conn: Connection, row_id: int, values: Mapping[str, str | None]) -> None:
    """Makes ``values`` the image's only properties."""
    conn.execute(image_properties.delete().where(image_properties.c.image_id == row_id))
    add_properties(conn, row_id, values)


def add_properties(conn: Connection, row_id: int, values: Mapping[str, str | None]) -> None:
    """Gives ``values`` to an image without properties.

    Of a new image none are removed first: on MySQL that locks the gap after the last row, in which the next
    new image waits, and two that do so at once are a deadlock.
    """
    rows = [{"image_id": row_id, "name": name, "value": value} for name, value in values.items()]
    if rows:
        conn.execute(image_properties.insert(), rows)


def set_tags(conn: Connection, row_id: int, tags: Iterable[str]) -> None:
    """Makes ``tags`` the image's only tags."""
    conn.execute(image_tags.delete().where(image_tags.c.image_id == row_id))
    add_tags(conn, row_id, tags)


def add_tags(conn: Connection, row_id: int, tags: Iterable[str]) -> None:
    """Gives ``tags`` to an image without tags."""
    rows = [{"image_id": row_id, "tag": tag} for tag in dict.fromkeys(tags)]
    if rows:
        conn.execute(image_tags.insert(), rows)


def members(conn: Connection, row_id: int) -> Sequence[RowMapping]:
    """Whom the image is shared with, by project id."""
    query = sa.select(image_members).where(image_members.c.image_id == row_id)
    return conn.execute(query.order_by(image_members.c.project_id)).mappings().all()


def add_member(conn: Connection, row_id: int, project_id: str) -> bool:
    """Shares an image; False when it was shared already."""
    try:
        with conn.begin_nested():
            conn.execute(image_members.insert().values(image_id=row_id, project_id=project_id))
    except DUPLICATE_ERRORS:
        return False
    return True


def set_member(conn: Connection, row_id: int, project_id: str, status: str | None) -> bool:
    """Sets a member's status, or with None ends the sharing; False when there is no such member."""
    where = (image_members.c.image_id == row_id, image_members.c.project_id == project_id)
    if status is None:
        return bool(conn.execute(image_members.delete().where(*where)).rowcount)
    return bool(conn.execute(image_members.update().where(*where).values(status=status)).rowcount)


def clear(conn: Connection) -> None:
    """Empties every table of the service."""
    for table in (image_members, image_tags, image_properties, images):
        conn.execute(table.delete())
