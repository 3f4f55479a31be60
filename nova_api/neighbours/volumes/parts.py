"""Types and snapshots of the embedded volume service, and what they share with its volumes."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import networks as rows
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.volume import volume_snapshots, volume_types, volumes
from nova_api.neighbours.networks.part import Part
from nova_api.neighbours.volumes.interface import Snapshot, VolumeType


class TypePart(Part[VolumeType]):
    """Volume types: administrators make them, everybody uses the public ones."""

    table = volume_types
    kind = VolumeType

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.VolumeTypeNotFound(volume_type=uuid)

    def visible(self, context: RequestContext) -> sa.ColumnElement[bool]:
        return volume_types.c.is_public == sa.true()

    def named(self, context: RequestContext, name_or_id: str) -> VolumeType:
        """Raises VolumeTypeNotFound."""
        is_it = sa.or_(volume_types.c.uuid == name_or_id, volume_types.c.name == name_or_id)
        found = self.list(context, None, is_it)
        if not found:
            raise self.missing(name_or_id)
        return found[0]

    def create(self, context: RequestContext, values: Mapping[str, Any]) -> VolumeType:
        """Raises Forbidden, VolumeTypeExists."""
        self._check_administrator(context)
        uuid = values.get("uuid") or str(uuids.uuid4())

        def change(conn: Connection) -> str:
            rows.insert(conn, self.table, **{**values, "uuid": uuid})
            return uuid

        try:
            return self.written(change)
        except DUPLICATE_ERRORS:
            raise exception.VolumeTypeExists(name=values["name"]) from None

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Raises Forbidden, VolumeTypeNotFound, and Invalid for one that volumes have."""
        self._check_administrator(context)
        with self.db.writer() as conn:
            row = self.row(conn, context, uuid)
            if rows.exists(conn, volumes.c.volume_type == row["name"]):
                raise exception.Invalid(f"Volume type {uuid} is in use: there are volumes of it.")
            rows.delete(conn, self.table, uuid)

    def own_row(self, conn: Connection, context: RequestContext, uuid: str) -> Any:
        """Types belong to administrators."""
        self._check_administrator(context)
        return self.row(conn, context, uuid)

    @staticmethod
    def _check_administrator(context: RequestContext) -> None:
        if not context.is_admin:
            raise exception.Forbidden("Only administrators make, change and delete volume types.")


class SnapshotPart(Part[Snapshot]):
    """Snapshots; of a volume here they are its description, for it has no data."""

    table = volume_snapshots
    kind = Snapshot

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.SnapshotNotFound(snapshot_id=uuid)

    def delete(self, context: RequestContext, uuid: str) -> None:
        """Raises SnapshotNotFound, Forbidden."""
        with self.db.writer() as conn:
            self.own_row(conn, context, uuid)
            rows.delete(conn, self.table, uuid)
