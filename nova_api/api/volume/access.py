"""What the controllers of the volume API share: the service, pages, times."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.declare import View
from nova_api.api.neighbour import link_to_page
from nova_api.api.request import Request
from nova_api.backend import Backend
from nova_api.db.networks import Listing
from nova_api.neighbours.misconfigured import NotEmbedded
from nova_api.neighbours.networks.part import Part
from nova_api.neighbours.volumes import LocalVolumes

TEXT = {"type": ["string", "null"], "maxLength": 255}
METADATA = {"type": "object", "additionalProperties": {"type": "string", "maxLength": 255}}
_TRUE = ("1", "true", "yes", "on", "t", "y")
#: Attribute of the API → column, where the two differ.
_COLUMNS = {"id": "uuid", "display_name": "name", "tenant_id": "project_id"}


class VolumeController(Controller):
    """Controllers of the embedded volume service; it cannot front a real one."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        if not isinstance(backend.volumes, LocalVolumes):
            raise NotEmbedded("volume", "volumes", "/volume")
        self.service = backend.volumes


def time_of(moment: datetime.datetime | None) -> str | None:
    """``2026-01-31T12:00:00.000000``, as this API writes times."""
    return None if moment is None else moment.isoformat(timespec="microseconds")


def is_true(text: str | None) -> bool:
    """What a boolean of a query means."""
    return (text or "").lower() in _TRUE


def page(
    request: Request, part: Part[Any], view: View, key: str, filters: Sequence[str], path: str
) -> dict[str, Any]:
    """The page of ``part`` that the query asks for, newest first unless it says otherwise.

    ``filters`` are the attributes that the query may select by; others are
    ignored.  Administrators see other projects only with ``all_tenants``.
    Raises Invalid.
    """
    conditions = []
    if not (request.context.is_admin and is_true(request.arg("all_tenants"))):
        conditions.append(part.table.c.project_id == request.context.project_id)
    equal = {
        _COLUMNS.get(name, name): [_value(part.table, name, value) for value in request.args[name]]
        for name in filters
        if name in request.args
    }
    limit = _number(request, "limit", request.max_limit)
    listing = Listing(
        equal=equal,
        sort=_sort(request, part.table),
        limit=min(limit, request.max_limit) + 1,  # one more, to know whether a page follows
        marker=request.arg("marker"),
    )
    found = part.list(request.context, listing, *conditions)
    shown = found[: min(limit, request.max_limit)]
    reply: dict[str, Any] = {key: view.render(shown, request)}
    if len(found) > len(shown) and shown:
        link = link_to_page(f"{request.application_url}{path}", request.GET.items(), shown[-1].id)
        reply[f"{key}_links"] = [{"rel": "next", "href": link}]
    return reply


def _value(table: sa.Table, name: str, text: str) -> Any:
    column = table.c[_COLUMNS.get(name, name)]
    return is_true(text) if isinstance(column.type, sa.Boolean) else text


def _number(request: Request, name: str, default: int) -> int:
    text = request.arg(name)
    if text is None:
        return default
    if not text.isdigit() or len(text) > 9:
        raise exception.Invalid(f"Invalid {name} {text!r}: it is a whole number.")
    return int(text)


def _sort(request: Request, table: sa.Table) -> list[tuple[str, bool]]:
    text = request.arg("sort")
    if text is None:
        key, direction = request.arg("sort_key"), request.arg("sort_dir") or "desc"
        text = f"{key or 'created_at'}:{direction}"
    keys = []
    for part in text.split(","):
        name, _, direction = part.partition(":")
        column = _COLUMNS.get(name, name)
        if column not in table.c or isinstance(table.c[column].type, sa.JSON):
            raise exception.Invalid(f"Invalid sort key {name!r}.")
        if direction not in ("", "asc", "desc"):
            raise exception.Invalid(f"Invalid sort direction {direction!r}: use asc or desc.")
        keys.append((column, direction != "asc"))
    return keys


def given(asked: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The columns of those attributes of a body that were given; an absent name is an empty one."""
    values = {column: asked[name] for name, column in names.items() if name in asked}
    if "name" in values:
        values["name"] = values["name"] or ""
    return values
