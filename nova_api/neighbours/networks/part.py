"""What the parts of the embedded network service share: records out of rows, who may see and change what."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import networks as rows
from nova_api.db.networks import Listing

R = TypeVar("R")


def record_of(kind: type[R], row: RowMapping | Mapping[str, Any], **related: Any) -> R:
    """``kind`` (a dataclass) from the columns of the same names; the id is the UUID."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]  # mypy cannot say "any dataclass"
        if field.name in related:
            values[field.name] = related[field.name]
        elif field.name == "id":
            values["id"] = row["uuid"]
        elif field.name == "updated_at":
            values["updated_at"] = row["updated_at"] or row["created_at"]
        elif field.name in row:
            values[field.name] = row[field.name]
    return kind(**values)


class Part(Generic[R]):
    """One kind of resource: finding, listing and changing its rows for a context.

    Subclasses set ``table``, ``kind`` and ``missing`` (the exception of an
    unknown id), and override ``visible`` where more than the owner sees a row
    and ``load`` where a record needs more than its row.
    """

    table: ClassVar[sa.Table]
    kind: type[R]

    def __init__(self, db: Database) -> None:
        self.db = db

    def missing(self, uuid: str) -> exception.NotFound:
        raise NotImplementedError

    def visible(self, context: RequestContext) -> sa.ColumnElement[bool]:
        """Which rows a project sees; administrators see all."""
        return self.table.c.project_id == context.project_id

    def load(self, conn: Connection, found: Sequence[RowMapping]) -> list[R]:
        return [record_of(self.kind, row) for row in found]

    # --- reading ---------------------------------------------------------

    def _scope(self, context: RequestContext) -> list[sa.ColumnElement[bool]]:
        return [] if context.is_admin else [self.visible(context)]

    def row(self, conn: Connection, context: RequestContext, uuid: str) -> RowMapping:
        """The row, if the context sees it."""
        query = sa.select(self.table).where(self.table.c.uuid == uuid, *self._scope(context))
        found = conn.execute(query).mappings().first()
        if found is None:
            raise self.missing(uuid)
        return found

    def own_row(self, conn: Connection, context: RequestContext, uuid: str) -> RowMapping:
        """The row, if the context may change it; raises Forbidden for one that it only sees."""
        found = self.row(conn, context, uuid)
        if not context.is_admin and found["project_id"] != context.project_id:
            raise exception.Forbidden(f"You are not permitted to change {uuid}: it is not yours.")
        return found

    def show(self, context: RequestContext, uuid: str) -> R:
        with self.db.reader() as conn:
            return self.load(conn, [self.row(conn, context, uuid)])[0]

    def list(
        self, context: RequestContext, listing: Listing | None = None, *conditions: sa.ColumnElement[bool]
    ) -> list[R]:
        with self.db.reader() as conn:
            scope = [*self._scope(context), *conditions]
            return self.load(conn, rows.find_all(conn, self.table, listing or Listing(), scope))

    # --- writing -----------------------------------------------------------

    def owner(self, context: RequestContext, given: str | None) -> str:
        """The project that a new thing belongs to; only administrators choose another."""
        if given and given != context.project_id and not context.is_admin:
            raise exception.Forbidden(f"You are not permitted to create things for project {given}.")
        return given or context.project_id or ""

    def written(self, change: Callable[[Connection], str]) -> R:
        """Runs ``change`` in a transaction (again after a deadlock); shows the row whose UUID it returns."""

        def attempt() -> R:
            with self.db.writer() as conn:
                uuid = change(conn)
                found = rows.find(conn, self.table, uuid)
                if found is None:
                    raise self.missing(uuid)
                return self.load(conn, [found])[0]

        return self.db.retrying(attempt)

    def update(self, context: RequestContext, uuid: str, values: Mapping[str, Any]) -> R:
        """Changes columns."""

        def change(conn: Connection) -> str:
            self.own_row(conn, context, uuid)
            rows.update(conn, self.table, uuid, **values)
            return uuid

        return self.written(change)
