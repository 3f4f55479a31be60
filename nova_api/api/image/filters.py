"""The query string of an image list: filters, sorting, page."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from nova_api import exception
from nova_api.api.declare import formats
from nova_api.api.image.view import FIXED
from nova_api.db.images import SORT_KEYS, ImageFilter

_EQUAL = {
    "id": "uuid",
    "name": "name",
    "status": "status",
    "owner": "owner",
    "checksum": "checksum",
    "os_hash_value": "os_hash_value",
    "os_hash_algo": "os_hash_algo",
    "disk_format": "disk_format",
    "container_format": "container_format",
}
_NUMBERS = {
    "size_min": ("size", 0),
    "size_max": ("size", 1),
    "min_disk": ("min_disk", 0),
    "min_ram": ("min_ram", 0),
}
_PAGING = frozenset({"limit", "marker", "sort", "sort_key", "sort_dir", "visibility", "member_status", "tag"})
_TRUE = frozenset({"true", "1", "yes"})
_SECOND = datetime.timedelta(seconds=1)
_INSTANT = datetime.timedelta(microseconds=1)


def _values(text: str) -> list[str]:
    """``a``, or those of ``in:a,b,"c,d"``."""
    if not text.startswith("in:"):
        return [text]
    return [quoted or plain for quoted, plain in re.findall(r'"([^"]*)"|([^,"]+)', text[3:])]


def _boolean(name: str, text: str) -> bool:
    if text.lower() not in ("true", "false", "1", "0", "yes", "no"):
        raise exception.Invalid(f"Invalid value for filter {name}: {text!r} is neither true nor false.")
    return text.lower() in _TRUE


def _number(name: str, text: str) -> int:
    if not text.isdigit():
        raise exception.Invalid(f"Invalid value for {name}: {text!r} is not a whole number.")
    return min(int(text), 2**62)


def _span(name: str, text: str) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """What ``gte:2026-01-31T12:00:00Z`` and its like leave in: least, greatest; the unit is a second."""
    operator, _, moment = text.partition(":") if text[:1].isalpha() else ("eq", "", text)
    try:
        second = formats.parse_time(moment).replace(microsecond=0)
    except ValueError:
        raise exception.Invalid(
            f"Invalid value for filter {name}: {moment!r} is not an ISO 8601 time."
        ) from None
    last = second + _SECOND - _INSTANT
    spans: Mapping[str, tuple[datetime.datetime | None, datetime.datetime | None]] = {
        "eq": (second, last),
        "gt": (second + _SECOND, None),
        "gte": (second, None),
        "lt": (None, second - _INSTANT),
        "lte": (None, last),
    }
    if operator not in spans:
        raise exception.Invalid(
            f"Invalid operator {operator!r} for filter {name}: use eq, gt, gte, lt or lte."
        )
    return spans[operator]


def read_filter(args: Mapping[str, Sequence[str]]) -> ImageFilter:
    """The images that a query asks for; raises Invalid."""
    equal: dict[str, Sequence[Any]] = {}
    between: dict[str, tuple[Any, Any]] = {}
    properties: dict[str, str] = {}
    for name, values in args.items():
        text = values[-1]
        if name in _EQUAL:
            equal[_EQUAL[name]] = _values(text)
        elif name == "protected":
            equal["protected"] = [_boolean(name, text)]
        elif name in _NUMBERS:
            column, end = _NUMBERS[name]
            bounds = list(between.get(column, (None, None)))
            bounds[end] = _number(name, text)
            between[column] = (bounds[0], bounds[1])
        elif name in ("created_at", "updated_at"):
            between[name] = _span(name, text)
        elif name not in _PAGING and name not in FIXED:
            properties[name] = text
    visibility = args.get("visibility", [None])[-1]
    return ImageFilter(
        equal=equal,
        between=between,
        properties=properties,
        tags=args.get("tag", ()),
        hidden=_boolean("os_hidden", args["os_hidden"][-1]) if "os_hidden" in args else False,
        visibility=visibility,
        member_status=args.get("member_status", ["accepted"])[-1],
    )


def read_sort(args: Mapping[str, Sequence[str]]) -> list[tuple[str, bool]]:
    """``sort=name:asc,size`` or ``sort_key=…&sort_dir=…``; default newest first.  Raises Invalid."""
    if "sort" in args:
        pairs = [part.partition(":") for part in args["sort"][-1].split(",")]
        asked = [(key, direction or "desc") for key, _, direction in pairs]
    else:
        keys = args.get("sort_key", ["created_at"])
        directions = args.get("sort_dir", ["desc"])
        asked = [(key, directions[min(place, len(directions) - 1)]) for place, key in enumerate(keys)]
    for key, direction in asked:
        if key not in SORT_KEYS:
            raise exception.Invalid(f"Invalid sort key {key!r}: use one of {', '.join(sorted(SORT_KEYS))}.")
        if direction not in ("asc", "desc"):
            raise exception.Invalid(f"Invalid sort direction {direction!r}: use asc or desc.")
    return [(key, direction == "desc") for key, direction in asked]


def read_limit(args: Mapping[str, Sequence[str]], most: int) -> int:
    """How many at a time: 25 unless said otherwise, at most ``most``; raises Invalid."""
    return min(_number("limit", args["limit"][-1]), most) if "limit" in args else min(25, most)
