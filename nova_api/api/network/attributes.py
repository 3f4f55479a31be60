"""What all resources of the networking API have in common: attribute names, lists, filters, pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, View
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import link_to_page, seconds
from nova_api.api.request import Request
from nova_api.backend import Backend
from nova_api.db.networks import Listing
from nova_api.db.schema.network import tags
from nova_api.neighbours.misconfigured import NotEmbedded
from nova_api.neighbours.networks import LocalNetworks
from nova_api.neighbours.networks.part import Part

BOOL = {"type": "boolean"}
OBJECT = {"type": "object"}
TEXT = {"type": "string", "maxLength": 255}
UUID = {"type": "string", "maxLength": 36}

#: Attributes that every resource has, as view fields and as names of columns.
HEAD_FIELDS = (Field("id", "id", STRING),)
TAIL_FIELDS = (
    Field("project_id", "project_id", STRING),
    Field("tenant_id", "project_id", STRING),
    Field("description", "description", nullable(STRING)),
    # Filled in for the whole page at once.
    Field("tags", lambda *_: [], {"type": "array"}),
    Field("created_at", lambda record, _: seconds(record.created_at), STRING),
    Field("updated_at", lambda record, _: seconds(record.updated_at), STRING),
)
NAMES: Mapping[str, str] = {
    "id": "uuid",
    "name": "name",
    "project_id": "project_id",
    "tenant_id": "project_id",
    "description": "description",
}

_PAGE = frozenset({"limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields"})

#: Filters that are no columns: each makes a condition of the values asked for.
Special = Mapping[str, Callable[[Sequence[str]], sa.ColumnElement[bool]]]


def _tagged(uuid: sa.ColumnElement[str], words: Sequence[str]) -> Sequence[sa.ColumnElement[bool]]:
    """For each of the words (which come separated by commas): that the resource has it."""
    return [
        sa.exists().where(tags.c.resource_id == uuid, tags.c.tag == word)
        for value in words
        for word in value.split(",")
    ]


#: Filters by tags.
_TAGGED: Mapping[str, Callable[[sa.ColumnElement[str], Sequence[str]], sa.ColumnElement[bool]]] = {
    "tags": lambda uuid, words: sa.and_(*_tagged(uuid, words)),
    "tags-any": lambda uuid, words: sa.or_(*_tagged(uuid, words)),
    "not-tags": lambda uuid, words: sa.not_(sa.and_(*_tagged(uuid, words))),
    "not-tags-any": lambda uuid, words: sa.not_(sa.or_(*_tagged(uuid, words))),
}


class NetworkController(Controller):
    """Controllers of the embedded network service; it cannot front a real one."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        if not isinstance(backend.networks, LocalNetworks):
            raise NotEmbedded("networking", "networks", "/network")
        self.service = backend.networks


@dataclass(frozen=True)
class Collection:
    """How one kind of resource is named, shown and filtered.

    :param one: key of one of them in a body; also the collection's with an s
    :param view: its attributes
    :param columns: the attributes that have a column, with the column's name
    :param table: where those are
    :param special: filters that need more than a column
    """

    one: str
    view: View
    columns: Mapping[str, str]
    table: sa.Table
    special: Special

    @property
    def many(self) -> str:
        return f"{self.one}s"

    # --- replies ----------------------------------------------------------

    def shown(self, request: Request, record: Any) -> dict[str, Any]:
        """A body with one of them."""
        return {self.one: self._rendered(request, [record])[0]}

    def listed(self, request: Request, part: Part[Any]) -> dict[str, Any]:
        """A page of those that the query asks for; raises Invalid for a filter that there is not."""
        listing, conditions = self._asked(request)
        records = part.list(request.context, listing, *conditions)
        page: dict[str, Any] = {self.many: self._rendered(request, records)}
        if listing.limit and len(records) == listing.limit:
            end = records[0] if listing.backward else records[-1]
            link = link_to_page(str(request.path_url), request.GET.items(), end.id)
            page[f"{self.many}_links"] = [{"rel": "previous" if listing.backward else "next", "href": link}]
        return page

    def _rendered(self, request: Request, records: Sequence[Any]) -> list[dict[str, Any]]:
        items = self.view.render(records, request)
        self._add_tags(request, items)
        wanted = set(request.args.get("fields", ()))
        return [{key: item[key] for key in item if key in wanted} for item in items] if wanted else items

    @staticmethod
    def _add_tags(request: Request, items: Sequence[dict[str, Any]]) -> None:
        networks = request.backend.networks
        if items and "tags" in items[0] and isinstance(networks, LocalNetworks):
            found = networks.tags.of(item["id"] for item in items)
            for item in items:
                item["tags"] = list(found.get(item["id"], ()))

    # --- requests -----------------------------------------------------------

    def values(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Columns of the attributes of a body; attributes without one are left out."""
        return {self.columns[name]: value for name, value in asked.items() if name in self.columns}

    def _asked(self, request: Request) -> tuple[Listing, list[sa.ColumnElement[bool]]]:
        equal: dict[str, list[Any]] = {}
        conditions = []
        for name, values in request.args.items():
            if name in _PAGE:
                continue
            if name in _TAGGED:
                conditions.append(_TAGGED[name](self.table.c.uuid, values))
            elif name in self.special:
                conditions.append(self.special[name](values))
            elif name in self.columns:
                column = self.columns[name]
                equal[column] = [self._value(name, self.table.c[column], value) for value in values]
            else:
                raise exception.Invalid(f"'{name}' is invalid attribute for filtering {self.many}.")
        return self._listing(request, equal), conditions

    @staticmethod
    def _value(name: str, column: sa.Column[Any], text: str) -> Any:
        if isinstance(column.type, sa.Boolean):
            if text.lower() not in ("true", "false", "1", "0"):
                raise exception.Invalid(f"'{text}' is neither true nor false, as {name} must be.")
            return text.lower() in ("true", "1")
        if isinstance(column.type, sa.Integer):
            if not text.lstrip("-").isdigit() or abs(int(text)) > 2**31:
                raise exception.Invalid(f"'{text}' is not a number, as {name} must be.")
            return int(text)
        return text

    def _listing(self, request: Request, equal: dict[str, list[Any]]) -> Listing:
        directions = request.args.get("sort_dir", ["asc"])
        sort = []
        for place, name in enumerate(request.args.get("sort_key", ())):
            if name not in self.columns:
                raise exception.Invalid(f"'{name}' is invalid attribute for sorting {self.many}.")
            sort.append((self.columns[name], directions[min(place, len(directions) - 1)] == "desc"))
        limit = request.arg("limit", "0") or "0"
        if not limit.isdigit():
            raise exception.Invalid(f"Invalid limit '{limit}': it is a whole number.")
        return Listing(
            equal=equal,
            sort=sort,
            limit=min(int(limit) or request.max_limit, request.max_limit),
            marker=request.arg("marker"),
            backward=(request.arg("page_reverse", "false") or "").lower() == "true",
        )
