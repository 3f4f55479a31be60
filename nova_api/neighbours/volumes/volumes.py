"""The volumes of the embedded service: making, changing, deleting them.  They are ready at once."""

from __future__ import annotations

import dataclasses
import functools
import uuid as uuids
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from oslo_config import cfg
from sqlalchemy.engine import Connection, RowMapping

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.db import Database
from nova_api.db import networks as rows
from nova_api.db.duplicate import DUPLICATE_ERRORS
from nova_api.db.schema.volume import volume_attachments, volume_snapshots, volumes
from nova_api.neighbours.images import Image, Images
from nova_api.neighbours.networks.part import Part, record_of
from nova_api.neighbours.quotas import VOLUME, Room
from nova_api.neighbours.volumes.interface import Attachment, NewVolume, Volume
from nova_api.neighbours.volumes.parts import SnapshotPart, TypePart

GIB = 1024**3

#: States in which nobody uses a volume, so that it may be deleted.
_IDLE = ("available", "error", "error_restoring", "error_extending", "error_managing")


@dataclasses.dataclass(frozen=True)
class _Source:
    """What a volume is made from: its size (GiB), and the columns that come with it."""

    size: int
    values: Mapping[str, Any]


def attachment_of(row: RowMapping, volume_id: str) -> Attachment:
    """The record of a row of ``volume_attachments``."""
    return record_of(Attachment, row, volume_id=volume_id)


class VolumePart(Part[Volume]):
    """Volumes with their attachments."""

    table = volumes
    kind = Volume

    def __init__(
        self, conf: cfg.ConfigOpts, db: Database, images: Images, types: TypePart, snapshots: SnapshotPart
    ) -> None:
        super().__init__(db)
        self._conf = conf
        self._images = images
        self._types = types
        self._snapshots = snapshots

    def missing(self, uuid: str) -> exception.NotFound:
        return exception.VolumeNotFound(volume_id=uuid)

    def load(self, conn: Connection, found: Sequence[RowMapping]) -> list[Volume]:
        names = {row["id"]: row["uuid"] for row in found}
        query = sa.select(volume_attachments).where(volume_attachments.c.volume_id.in_(list(names)))
        of: dict[int, list[Attachment]] = defaultdict(list)
        for row in conn.execute(query.order_by(volume_attachments.c.id)).mappings() if names else ():
            of[row["volume_id"]].append(attachment_of(row, names[row["volume_id"]]))
        return [record_of(Volume, row, attachments=of[row["id"]]) for row in found]

    # --- making ---------------------------------------------------------------

    def create(self, context: RequestContext, order: NewVolume) -> Volume:
        """Raises Invalid, OverQuota, and NotFound for a source or type that the context does not see."""
        earlier = self.ordered(context, order.key)
        if earlier is not None:
            return earlier
        source = self._source(context, order)
        size = order.size or source.size
        if not size:
            raise exception.Invalid("A volume needs a size in GiB, or something that it is made from.")
        if size < source.size:
            raise exception.Invalid(
                f"Volume size {size} GiB is smaller than what it is made from: that has {source.size} GiB."
            )
        values = {
            "uuid": str(uuids.uuid4()),
            "order_key": order.key,
            "project_id": context.project_id or "",
            "user_id": context.user_id,
            "name": order.name,
            "description": order.description,
            "size": size,
            "status": "available",
            "availability_zone": order.availability_zone or self._conf.default_availability_zone,
            "volume_type": self._type(context, order.volume_type),
            "multiattach": order.multiattach,
            "metadata": dict(order.metadata),
            "image_metadata": {},
            **source.values,
        }
        try:
            return self.insert(values)
        except DUPLICATE_ERRORS:
            # The same order, at the same time.
            found = self.ordered(context, order.key)
            if found is None:
                raise
            return found

    def insert(self, values: Mapping[str, Any]) -> Volume:
        """Adds a row with these columns; raises OverQuota, one of ``DUPLICATE_ERRORS``."""

        def change(conn: Connection) -> str:
            room = VOLUME.room(conn, values["project_id"])
            room.take(per_volume_gigabytes=values["size"], volumes=1, gigabytes=values["size"])
            rows.insert(conn, self.table, **values)
            return str(values["uuid"])

        return self.written(change)

    def ordered(self, context: RequestContext, key: str | None) -> Volume | None:
        """The volume of the order called ``key``."""
        found = [] if key is None else self.list(context, rows.Listing(equal={"order_key": [key]}))
        return found[0] if found else None

    def _type(self, context: RequestContext, asked: str | None) -> str | None:
        if asked:
            return self._types.named(context, asked).name
        default: str = self._conf.neighbours.default_volume_type
        known = self._types.list(context, rows.Listing(equal={"name": [default]}))
        return default if known else None

    def _source(self, context: RequestContext, order: NewVolume) -> _Source:
        given = [order.image_id, order.snapshot_id, order.source_volume_id]
        if len([item for item in given if item]) > 1:
            raise exception.Invalid("A volume is made from one thing: an image, a snapshot or a volume.")
        if order.image_id:
            return self._from_image(self._images.show(context, order.image_id))
        if order.snapshot_id:
            snapshot = self._snapshots.show(context, order.snapshot_id)
            origin = self._origin(snapshot.volume_id)
            return _Source(snapshot.size, {**origin, "snapshot_id": snapshot.id})
        if order.source_volume_id:
            volume = self.show(context, order.source_volume_id)
            return _Source(volume.size, {**self._origin(volume.id), "source_volume_id": volume.id})
        return _Source(0, {})

    def _origin(self, volume_id: str) -> dict[str, Any]:
        """What a copy of the volume inherits; nothing of one that is gone."""
        with self.db.reader() as conn:
            row = rows.find(conn, self.table, volume_id)
        names = ("bootable", "image_metadata", "volume_type")
        return {} if row is None else {name: row[name] for name in names}

    @staticmethod
    def _from_image(image: Image) -> _Source:
        if image.status != "active":
            raise exception.Invalid(f"Image {image.id} is {image.status}: only active ones make volumes.")
        size = max(-(-(image.size or 0) // GIB), image.min_disk, 1)
        known = {
            "image_id": image.id,
            "image_name": image.name,
            "checksum": image.checksum,
            "container_format": image.container_format,
            "disk_format": image.disk_format,
            "min_disk": image.min_disk,
            "min_ram": image.min_ram,
            "size": image.size,
        }
        metadata = {**image.properties, **known}
        texts = {name: "" if value is None else str(value) for name, value in metadata.items()}
        return _Source(size, {"bootable": True, "image_metadata": texts})

    # --- changing ---------------------------------------------------------------

    def change(
        self, context: RequestContext, uuid: str, decide: Callable[[RowMapping], Mapping[str, Any]]
    ) -> Volume:
        """Sets the columns that ``decide`` makes of the locked row."""

        def attempt(conn: Connection) -> str:
            self._change(conn, context, uuid, decide)
            return uuid

        return self.written(attempt)

    def _change(
        self,
        conn: Connection,
        context: RequestContext,
        uuid: str,
        decide: Callable[[RowMapping], Mapping[str, Any]],
    ) -> None:
        self.own_row(conn, context, uuid)
        row = rows.find(conn, self.table, uuid, lock=True)
        if row is None:
            raise self.missing(uuid)
        rows.update(conn, self.table, uuid, **decide(row))

    def reimage(self, context: RequestContext, uuid: str, image_id: str) -> Volume:
        """As if it had been made from that image; raises ImageNotFound, Invalid."""
        made = self._from_image(self._images.show(context, image_id))
        return self.change(context, uuid, lambda _row: made.values)

    def extend(self, context: RequestContext, uuid: str, size: int) -> Volume:
        """Makes it larger, also while it is in use; raises VolumeInvalidState, Invalid, OverQuota."""
        owner = self.show(context, uuid).project_id

        def larger(room: Room, row: RowMapping) -> Mapping[str, Any]:
            if row["status"] not in ("available", "in-use"):
                raise exception.VolumeInvalidState(
                    volume_id=uuid, status=row["status"], operation="be extended"
                )
            if size <= row["size"]:
                raise exception.Invalid(f"The new size must be larger than the {row['size']} GiB of now.")
            room.take(per_volume_gigabytes=size, gigabytes=size - row["size"])
            return {"size": size}

        def attempt(conn: Connection) -> str:
            self._change(conn, context, uuid, functools.partial(larger, VOLUME.room(conn, owner)))
            return uuid

        return self.written(attempt)

    def delete(self, context: RequestContext, uuid: str, *, force: bool = False) -> None:
        """Raises VolumeNotFound, Forbidden, VolumeInvalidState (``force``: only while it is attached)."""

        def attempt() -> None:
            with self.db.writer() as conn:
                self.own_row(conn, context, uuid)
                row = rows.find(conn, self.table, uuid, lock=True)
                if row is None:
                    raise self.missing(uuid)
                used = rows.exists(conn, volume_attachments.c.volume_id == row["id"])
                if used or (row["status"] not in _IDLE and not force):
                    raise exception.VolumeInvalidState(
                        volume_id=uuid, status=row["status"], operation="be deleted"
                    )
                if rows.exists(conn, volume_snapshots.c.volume_id == uuid):
                    raise exception.Invalid(f"Invalid volume: volume {uuid} still has snapshots.")
                rows.delete(conn, self.table, uuid)

        self.db.retrying(attempt)
