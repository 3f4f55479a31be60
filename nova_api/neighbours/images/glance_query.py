"""An image filter as Glance's query, and the part of it that Glance does not know."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Any

from nova_api.db.images import ImageFilter
from nova_api.neighbours.images.interface import Image

Query = list[tuple[str, str]]

_NAMES = {"uuid": "id", "hidden": "os_hidden"}


def of(wanted: ImageFilter, sort: Sequence[tuple[str, bool]]) -> Query:
    """The query of a list.  Least memory and disk are left to ``fits``: Glance compares them for equality."""
    query = [("sort", ",".join(f"{_NAMES.get(key, key)}:{'desc' if down else 'asc'}" for key, down in sort))]
    for name, values in wanted.equal.items():
        text = str(values[0]).lower() if isinstance(values[0], bool) else str(values[0])
        several = "in:" + ",".join(f'"{value}"' for value in values)
        query.append((_NAMES.get(name, name), text if len(values) == 1 else several))
    for name, bounds in wanted.between.items():
        query += _bounds(name, bounds)
    if wanted.updated_since is not None:
        query.append(("updated_at", f"gte:{_time(wanted.updated_since)}"))
    query += list(wanted.properties.items())
    query += [("tag", tag) for tag in wanted.tags]
    if wanted.hidden is not None:
        query.append(("os_hidden", str(wanted.hidden).lower()))
    if wanted.visibility is not None:
        query.append(("visibility", wanted.visibility))
    if wanted.member_status != "accepted":
        query.append(("member_status", wanted.member_status))
    return query


def _bounds(name: str, bounds: tuple[Any, Any]) -> Iterator[tuple[str, str]]:
    for bound, end, operator in zip(bounds, ("min", "max"), ("gte", "lte"), strict=True):
        if bound is None:
            continue
        if name == "size":
            yield f"size_{end}", str(bound)
        elif isinstance(bound, datetime.datetime):
            yield name, f"{operator}:{_time(bound)}"


def fits(wanted: ImageFilter, image: Image) -> bool:
    """Whether an image that Glance has found is really wanted."""
    for name in ("min_disk", "min_ram"):
        least, most = wanted.between.get(name, (None, None))
        value = getattr(image, name)
        if (least is not None and value < least) or (most is not None and value > most):
            return False
    return True


def _time(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
