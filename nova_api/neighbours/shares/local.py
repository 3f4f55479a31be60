"""The embedded share service: shares that an administrator has told it of."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db.schema.share import share_accesses, shares
from nova_api.neighbours.shares.interface import Share

_s = shares.c
_a = share_accesses.c
_COLUMNS = (_s.uuid.label("id"), _s.project_id, _s.name, _s.protocol, _s.status, _s.export_location)


class LocalShares:
    """Shares over our own tables.  It makes no file systems: it knows where there are some."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def show(self, context: RequestContext, share_id: str) -> Share:
        with self._db.reader() as conn:
            row = conn.execute(sa.select(*_COLUMNS).where(_s.uuid == share_id)).one_or_none()
        if row is None or not (context.is_admin or row.project_id == context.project_id):
            raise exception.ShareNotFound(share_id=share_id)
        return Share(**row._mapping)

    def create(self, values: Mapping[str, Any]) -> str:
        """Tells it of a share; needs ``project_id``; its id."""
        made = {"uuid": str(uuids.uuid4()), **values}
        with self._db.writer() as conn:
            conn.execute(sa.insert(shares).values(**made))
        return str(made["uuid"])

    def list(self) -> list[Share]:
        """All of them, oldest first."""
        with self._db.reader() as conn:
            return [Share(**row._mapping) for row in conn.execute(sa.select(*_COLUMNS).order_by(_s.id))]

    def visible(self, context: RequestContext, *, name: str | None, limit: int) -> Sequence[Share]:
        """The oldest ``limit`` shares of the caller's project (administrators': of all), by name if asked."""
        query = sa.select(*_COLUMNS).order_by(_s.id).limit(limit)
        if not context.is_admin:
            query = query.where(_s.project_id == context.project_id)
        if name is not None:
            query = query.where(_s.name == name)
        with self._db.reader() as conn:
            return [Share(**row._mapping) for row in conn.execute(query)]

    def delete(self, share_id: str) -> None:
        """Forgets one; raises ShareNotFound, ShareInUse."""
        with self._db.writer() as conn:
            if conn.scalar(sa.select(_a.share_id).where(_a.share_id == share_id).limit(1)) is not None:
                raise exception.ShareInUse(share_id=share_id)
            if not conn.execute(sa.delete(shares).where(_s.uuid == share_id)).rowcount:
                raise exception.ShareNotFound(share_id=share_id)

    def allow(self, context: RequestContext, share_id: str, server_uuid: str, host: str) -> None:
        self.show(context, share_id)

        def attempt() -> None:
            with self._db.writer() as conn:
                self._forget(conn, share_id, server_uuid)
                values = {"share_id": share_id, "server_uuid": server_uuid, "host": host}
                conn.execute(sa.insert(share_accesses).values(**values))

        self._db.retrying(attempt)

    def deny(self, context: RequestContext, share_id: str, server_uuid: str) -> None:
        del context  # whoever detaches it may

        def attempt() -> None:
            with self._db.writer() as conn:
                self._forget(conn, share_id, server_uuid)

        self._db.retrying(attempt)

    @staticmethod
    def _forget(conn: sa.Connection, share_id: str, server_uuid: str) -> None:
        conn.execute(sa.delete(share_accesses).where(_a.share_id == share_id, _a.server_uuid == server_uuid))
