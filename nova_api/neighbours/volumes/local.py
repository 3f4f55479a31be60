"""The embedded volume service as servers use it: attachments, and the status that follows from them."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database, neighbour_quotas
from nova_api.db import networks as rows
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.volume import volume_attachments, volume_snapshots, volume_types, volumes
from nova_api.neighbours.images import Images
from nova_api.neighbours.networks.part import Part
from nova_api.neighbours.quotas import VOLUME
from nova_api.neighbours.volumes.interface import Attachment, NewVolume, Snapshot, Volume, VolumeType
from nova_api.neighbours.volumes.parts import SnapshotPart, TypePart
from nova_api.neighbours.volumes.volumes import VolumePart, attachment_of

_a = volume_attachments.c
_R = TypeVar("_R")

#: Of the attachments of a volume, the status that comes first here is the volume's.
_RANK = (
    ("attached", "in-use"),
    ("attaching", "attaching"),
    ("detaching", "detaching"),
    ("reserved", "reserved"),
)


class LocalVolumes:
    """Volumes over our own tables; the parts serve the HTTP API as well."""

    def __init__(self, conf: cfg.ConfigOpts, db: Database, images: Images) -> None:
        self._db = db
        self.types = TypePart(db)
        self.snapshots = SnapshotPart(db)
        self.volumes = VolumePart(conf, db, images, self.types, self.snapshots)

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        return self.volumes.show(context, volume_id)

    def list(self, context: RequestContext, offset: int = 0, limit: int = 1000) -> Sequence[Volume]:
        return self._own(self.volumes, context, offset, limit)

    def list_snapshots(
        self, context: RequestContext, offset: int = 0, limit: int = 1000
    ) -> Sequence[Snapshot]:
        return self._own(self.snapshots, context, offset, limit)

    @staticmethod
    def _own(part: Part[_R], context: RequestContext, offset: int, limit: int) -> Sequence[_R]:
        """An offset is skipped by reading up to it: these lists are short, and their clients old."""
        listing = rows.Listing(sort=[("created_at", True)], limit=offset + limit)
        mine = part.table.c.project_id == context.project_id
        return part.list(context, listing, mine)[offset:]

    def create(self, context: RequestContext, order: NewVolume) -> Volume:
        return self.volumes.create(context, order)

    def ordered(self, context: RequestContext, key: str) -> Volume | None:
        return self.volumes.ordered(context, key)

    def delete(self, context: RequestContext, volume_id: str) -> None:
        self.volumes.delete(context, volume_id)

    def reimage(self, context: RequestContext, volume_id: str, image_id: str) -> None:
        self.volumes.reimage(context, volume_id, image_id)

    def find_type(self, context: RequestContext, name_or_id: str) -> VolumeType:
        return self.types.named(context, name_or_id)

    # --- snapshots ----------------------------------------------------------------

    def show_snapshot(self, context: RequestContext, snapshot_id: str) -> Snapshot:
        return self.snapshots.show(context, snapshot_id)

    def create_snapshot(
        self,
        context: RequestContext,
        volume_id: str,
        name: str,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
        *,
        force: bool = False,
    ) -> Snapshot:
        uuid = str(uuids.uuid4())
        owner = self.volumes.show(context, volume_id).project_id

        def change(conn: Connection) -> str:
            room = VOLUME.room(conn, owner)
            volume = self._locked(conn, context, volume_id)
            if volume["status"] != "available" and not (force and volume["status"] == "in-use"):
                raise exception.VolumeInvalidState(
                    volume_id=volume_id, status=volume["status"], operation="be snapshotted"
                )
            room.take(snapshots=1, gigabytes=volume["size"])
            rows.insert(
                conn,
                volume_snapshots,
                uuid=uuid,
                project_id=volume["project_id"],
                user_id=context.user_id,
                name=name,
                description=description,
                volume_id=volume_id,
                size=volume["size"],
                status="available",
                metadata=dict(metadata or {}),
            )
            return uuid

        return self.snapshots.written(change)

    def delete_snapshot(self, context: RequestContext, snapshot_id: str) -> None:
        self.snapshots.delete(context, snapshot_id)

    def snapshots_of(self, context: RequestContext, volume_id: str) -> Sequence[Snapshot]:
        return self.snapshots.list(context, rows.Listing(equal={"volume_id": [volume_id]}))

    # --- attachments ----------------------------------------------------------------

    def _locked(self, conn: Connection, context: RequestContext, volume_id: str) -> RowMapping:
        """The volume's row, which stays as it is until the transaction ends; raises VolumeNotFound."""
        self.volumes.own_row(conn, context, volume_id)
        row = rows.find(conn, volumes, volume_id, lock=True)
        if row is None:
            raise exception.VolumeNotFound(volume_id=volume_id)
        return row

    def _attachment(self, conn: Connection, context: RequestContext, attachment_id: str) -> RowMapping:
        """The attachment's row with its volume locked; raises AttachmentNotFound."""
        query = (
            sa.select(volumes.c.uuid)
            .join(volume_attachments, _a.volume_id == volumes.c.id)
            .where(_a.uuid == attachment_id)
        )
        volume_id = conn.scalar(query)
        try:
            if volume_id is not None:
                self._locked(conn, context, volume_id)
                found = rows.find(conn, volume_attachments, attachment_id)
                if found is not None:
                    return found
        except (exception.VolumeNotFound, exception.Forbidden):
            pass
        raise exception.AttachmentNotFound(attachment_id=attachment_id)

    @staticmethod
    def _is_only_for(conn: Connection, row_id: int, server_uuid: str) -> bool:
        """Whether no other server has, or waits for, the volume."""
        return set(conn.scalars(sa.select(_a.server_id).where(_a.volume_id == row_id))) == {server_uuid}

    @staticmethod
    def _settle(conn: Connection, row_id: int) -> None:
        """Gives a volume the status that follows from its attachments."""
        statuses = set(conn.scalars(sa.select(_a.status).where(_a.volume_id == row_id)))
        status = next((status for word, status in _RANK if word in statuses), "available")
        conn.execute(sa.update(volumes).where(volumes.c.id == row_id).values(status=status))

    def show_attachment(self, context: RequestContext, attachment_id: str) -> Attachment:
        """Raises AttachmentNotFound."""
        for found in self.attachments(context, _a.uuid == attachment_id):
            return found
        raise exception.AttachmentNotFound(attachment_id=attachment_id)

    def attachments(
        self, context: RequestContext, *conditions: sa.ColumnElement[bool]
    ) -> Sequence[Attachment]:
        """Attachments of the volumes that ``context`` sees, oldest first."""
        query = (
            sa.select(volume_attachments, volumes.c.uuid.label("of"))
            .join(volumes, volumes.c.id == _a.volume_id)
            .where(*conditions)
            .order_by(_a.id)
        )
        if not context.is_admin:
            query = query.where(volumes.c.project_id == context.project_id)
        with self._db.reader() as conn:
            return [attachment_of(row, row["of"]) for row in conn.execute(query).mappings()]

    def attachments_of(self, context: RequestContext, server_uuid: str) -> Sequence[Attachment]:
        return self.attachments(context, _a.server_id == server_uuid)

    def reserve(
        self, context: RequestContext, volume_id: str, server_uuid: str, mode: str | None = None
    ) -> Attachment:
        uuid = str(uuids.uuid4())

        def attempt() -> None:
            with self._db.writer() as conn:
                volume = self._locked(conn, context, volume_id)
                shared = volume["status"] in ("reserved", "attaching", "in-use") and (
                    volume["multiattach"] or self._is_only_for(conn, volume["id"], server_uuid)
                )
                if volume["status"] != "available" and not shared:
                    raise exception.VolumeInvalidState(
                        volume_id=volume_id, status=volume["status"], operation="be attached"
                    )
                rows.insert(
                    conn,
                    volume_attachments,
                    uuid=uuid,
                    volume_id=volume["id"],
                    server_id=server_uuid,
                    status="reserved",
                    mode=mode or ("ro" if volume["readonly"] else "rw"),
                    connection_info={},
                )
                self._settle(conn, volume["id"])

        self._db.retrying(attempt)
        return self.show_attachment(context, uuid)

    def connect(
        self, context: RequestContext, attachment_id: str, host: str, mountpoint: str | None
    ) -> Attachment:
        def attempt() -> None:
            with self._db.writer() as conn:
                row = self._attachment(conn, context, attachment_id)
                volume = conn.execute(sa.select(volumes).where(volumes.c.id == row["volume_id"])).one()
                info = {
                    "driver_volume_type": "fake",
                    "data": {"volume_id": volume.uuid, "access_mode": row["mode"], "size": volume.size},
                    "serial": volume.uuid,
                }
                values: dict[str, Any] = {"host": host, "mountpoint": mountpoint, "connection_info": info}
                if row["status"] == "reserved":
                    values["status"] = "attaching"
                rows.update(conn, volume_attachments, attachment_id, **values)
                self._settle(conn, row["volume_id"])

        self._db.retrying(attempt)
        return self.show_attachment(context, attachment_id)

    def complete(self, context: RequestContext, attachment_id: str) -> None:
        def attempt() -> None:
            with self._db.writer() as conn:
                row = self._attachment(conn, context, attachment_id)
                if row["status"] != "attached":
                    values = {"status": "attached", "attached_at": utcnow()}
                    rows.update(conn, volume_attachments, attachment_id, **values)
                    self._settle(conn, row["volume_id"])

        self._db.retrying(attempt)

    def release(self, context: RequestContext, attachment_id: str) -> None:
        def attempt() -> None:
            with self._db.writer() as conn:
                try:
                    row = self._attachment(conn, context, attachment_id)
                except exception.AttachmentNotFound:
                    return
                rows.delete(conn, volume_attachments, attachment_id)
                self._settle(conn, row["volume_id"])

        self._db.retrying(attempt)

    def begin_detaching(self, context: RequestContext, volume_id: str) -> None:
        def begun(row: RowMapping) -> Mapping[str, Any]:
            if row["status"] != "in-use":
                raise exception.VolumeInvalidState(
                    volume_id=volume_id, status=row["status"], operation="be detached"
                )
            # One that several servers have stays in use: not all of them let it go.
            return {} if row["multiattach"] else {"status": "detaching"}

        self.volumes.change(context, volume_id, begun)

    def roll_detaching(self, context: RequestContext, volume_id: str) -> None:
        self.volumes.change(
            context, volume_id, lambda row: {"status": "in-use"} if row["status"] == "detaching" else {}
        )

    # --- state ----------------------------------------------------------------------

    def clear(self) -> None:
        """Removes everything, and what limits it."""
        with self._db.writer() as conn:
            for table in (volume_attachments, volume_snapshots, volumes, volume_types):
                conn.execute(table.delete())
            neighbour_quotas.clear(conn, VOLUME.service)
