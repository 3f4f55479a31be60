"""What the service asks of a volume service; Cinder (3.44 or later) can serve all of it.

Sizes are GiB, times naive UTC.  What ``context`` may not see is not there.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nova_api.context import RequestContext


@dataclass(frozen=True, slots=True)
class Attachment:
    """One server's use of one volume; ``connection_info`` is empty until a host has asked for it."""

    id: str
    volume_id: str
    server_id: str
    status: str  # reserved, attaching, attached, detaching
    mode: str  # rw, ro
    host: str | None
    mountpoint: str | None
    connection_info: Mapping[str, Any]
    attached_at: datetime.datetime | None
    created_at: datetime.datetime


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume; ``image_metadata`` is what is known of the image that it was made from."""

    id: str
    name: str
    description: str | None
    project_id: str
    user_id: str | None
    size: int
    status: str  # creating, available, reserved, attaching, in-use, detaching, error, …
    migration_status: str | None
    availability_zone: str
    volume_type: str | None
    bootable: bool
    multiattach: bool
    readonly: bool
    snapshot_id: str | None
    source_volume_id: str | None
    created_at: datetime.datetime
    updated_at: datetime.datetime
    metadata: Mapping[str, str] = field(default_factory=dict)
    image_metadata: Mapping[str, str] = field(default_factory=dict)
    attachments: Sequence[Attachment] = ()

    @property
    def is_migrating(self) -> bool:
        """Whether the volume service is moving it to another place at the moment."""
        return self.migration_status not in (None, "none", "error", "success")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A volume as it was at some time."""

    id: str
    name: str
    description: str | None
    project_id: str
    user_id: str | None
    volume_id: str
    size: int
    status: str  # creating, available, deleting, error
    created_at: datetime.datetime
    updated_at: datetime.datetime
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VolumeType:
    """A kind of volume to choose."""

    id: str
    name: str
    description: str | None
    is_public: bool
    created_at: datetime.datetime
    extra_specs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NewVolume:
    """What a volume is to be; at most one of the sources.

    ``size`` may be None with a source: it is then as large as that.  A second
    order with the same ``key`` gives the volume of the first: whoever orders
    and dies before writing down the id asks again.
    """

    size: int | None
    name: str = ""
    description: str | None = None
    image_id: str | None = None
    snapshot_id: str | None = None
    source_volume_id: str | None = None
    volume_type: str | None = None
    availability_zone: str | None = None
    multiattach: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None


class Volumes(Protocol):
    """Volumes as servers use them."""

    # --- volumes -----------------------------------------------------------

    def show(self, context: RequestContext, volume_id: str) -> Volume:
        """Raises VolumeNotFound."""

    def list(self, context: RequestContext, offset: int = 0, limit: int = 1000) -> Sequence[Volume]:
        """The volumes of the context's project, newest first; at most ``limit`` from the ``offset``-th on."""

    def list_snapshots(
        self, context: RequestContext, offset: int = 0, limit: int = 1000
    ) -> Sequence[Snapshot]:
        """The snapshots of the context's project, likewise."""

    def create(self, context: RequestContext, order: NewVolume) -> Volume:
        """A new volume; its status tells whether it is ready.  Raises Invalid, QuotaExceeded, NotFound."""

    def ordered(self, context: RequestContext, key: str) -> Volume | None:
        """The volume that an order with ``key`` has made, if there was such an order."""

    def delete(self, context: RequestContext, volume_id: str) -> None:
        """Raises VolumeNotFound, VolumeInvalidState."""

    def reimage(self, context: RequestContext, volume_id: str, image_id: str) -> None:
        """Writes an image over the volume, also in use; again does the same.

        Raises VolumeNotFound, ImageNotFound, and Invalid for an image without data.
        """

    def find_type(self, context: RequestContext, name_or_id: str) -> VolumeType:
        """Raises VolumeTypeNotFound."""

    # --- snapshots -----------------------------------------------------------

    def show_snapshot(self, context: RequestContext, snapshot_id: str) -> Snapshot:
        """Raises SnapshotNotFound."""

    def snapshots_of(self, context: RequestContext, volume_id: str) -> Sequence[Snapshot]:
        """Every snapshot of the volume that ``context`` sees; none of a volume that is gone."""

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
        """``force`` also of a volume in use.  Raises VolumeNotFound, VolumeInvalidState."""

    def delete_snapshot(self, context: RequestContext, snapshot_id: str) -> None:
        """Raises SnapshotNotFound, VolumeInvalidState."""

    # --- attachments -----------------------------------------------------------

    def reserve(self, context: RequestContext, volume_id: str, server_uuid: str) -> Attachment:
        """Keeps the volume for a server, also a second time: one that moves has it on two hosts.

        Raises VolumeNotFound, VolumeInvalidState.
        """

    def connect(
        self, context: RequestContext, attachment_id: str, host: str, mountpoint: str | None
    ) -> Attachment:
        """Opens the volume to ``host``; again is allowed, also from another host.

        Raises AttachmentNotFound.
        """

    def complete(self, context: RequestContext, attachment_id: str) -> None:
        """The server has the volume now; again does nothing.  Raises AttachmentNotFound."""

    def release(self, context: RequestContext, attachment_id: str) -> None:
        """Ends an attachment, in whatever state; nothing when there is none."""

    def attachments_of(self, context: RequestContext, server_uuid: str) -> Sequence[Attachment]:
        """Every attachment of the server."""

    def begin_detaching(self, context: RequestContext, volume_id: str) -> None:
        """Says that the volume is about to be detached.  Raises VolumeNotFound, VolumeInvalidState."""

    def roll_detaching(self, context: RequestContext, volume_id: str) -> None:
        """Takes ``begin_detaching`` back; nothing when it was not said."""
