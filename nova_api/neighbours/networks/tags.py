"""Tags of networking resources: words that projects hang on what is theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db.schema.network import tags
from nova_api.neighbours.networks.part import Part


class Tags:
    """The tags of any resource that a ``Part`` keeps; who may change it may change them."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def of(self, ids: Iterable[str]) -> Mapping[str, Sequence[str]]:
        """Resource → its tags in alphabetical order, in one statement; none for one without."""
        found: dict[str, list[str]] = defaultdict(list)
        query = sa.select(tags).where(tags.c.resource_id.in_(list(ids))).order_by(tags.c.tag)
        with self._db.reader() as conn:
            for row in conn.execute(query):
                found[row.resource_id].append(row.tag)
        return found

    def list(self, context: RequestContext, part: Part[Any], uuid: str) -> Sequence[str]:
        """The tags of one resource; raises what ``part`` raises for an unknown one."""
        part.show(context, uuid)
        return self.of([uuid]).get(uuid, [])

    def replace(self, context: RequestContext, part: Part[Any], uuid: str, wanted: Iterable[str]) -> None:
        """Gives it these tags and no others."""

        def change(conn: Connection) -> None:
            conn.execute(tags.delete().where(tags.c.resource_id == uuid))
            for tag in sorted(set(wanted)):
                conn.execute(tags.insert().values(resource_id=uuid, tag=tag))

        self._change(context, part, uuid, change)

    def add(self, context: RequestContext, part: Part[Any], uuid: str, tag: str) -> None:
        """Gives it one more; one that it has stays."""

        def change(conn: Connection) -> None:
            if not conn.execute(tags.select().where(*_is(uuid, tag))).first():
                conn.execute(tags.insert().values(resource_id=uuid, tag=tag))

        self._change(context, part, uuid, change)

    def remove(self, context: RequestContext, part: Part[Any], uuid: str, tag: str) -> None:
        """Takes one; raises NetworkTagNotFound for one that it does not have."""

        def change(conn: Connection) -> None:
            if not conn.execute(tags.delete().where(*_is(uuid, tag))).rowcount:
                raise exception.NetworkTagNotFound(tag=tag)

        self._change(context, part, uuid, change)

    def _change(
        self, context: RequestContext, part: Part[Any], uuid: str, change: Callable[[Connection], None]
    ) -> None:
        def attempt() -> None:
            with self._db.writer() as conn:
                part.own_row(conn, context, uuid)
                change(conn)

        self._db.retrying(attempt)


def _is(uuid: str, tag: str) -> tuple[sa.ColumnElement[bool], ...]:
    return tags.c.resource_id == uuid, tags.c.tag == tag
