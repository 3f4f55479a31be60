"""Images that a request is about to have made, and the volume snapshots that are such an image.

Those are snapshots of a server's volumes, and say in their metadata which image they are for.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import context as contexts
from nova_api import exception
from nova_api.compute import reservations, server_images
from nova_api.compute.reservations import Parts, Undo
from nova_api.neighbours.volumes.interface import Snapshot

LOG = logging.getLogger(__name__)

#: Key of a payload, beside that of the image: ids of the volumes that may have snapshots for it.
_VOLUMES = "volumes"
#: Metadata key by which a snapshot that was made for an image is found again.
_MARK = "compute_image"


class Reservation:
    """The id of an image to be made; ``action`` fails if it is not kept."""

    def __init__(self, reservation: reservations.Reservation) -> None:
        self.image_id: str = reservation.payload[server_images.KEY]
        self.action = reservation.action
        self.keep = reservation.keep

    @property
    def mark(self) -> Mapping[str, str]:
        """The metadata of every snapshot that is made for the image."""
        return {_MARK: self.image_id}


@contextlib.contextmanager
def reserved(
    parts: Parts, *, volumes: Sequence[str] = (), begin: Callable[[Connection], int] | None = None
) -> Iterator[Reservation]:
    """As ``reservations.reserved``: of a block without ``keep`` stay neither the image nor its snapshots.

    Snapshots are those of ``volumes`` with the reservation's ``mark``.
    """
    payload = {server_images.KEY: str(uuid.uuid4()), _VOLUMES: list(volumes)}
    # Each snapshot may be a slow request by itself.
    leases = reservations.LEASES + len(volumes)
    with reservations.reserved(parts, DISCARD, payload, leases=leases, begin=begin) as reservation:
        yield Reservation(reservation)


def _discard(parts: Parts, payload: dict[str, Any], _made: object) -> bool:
    everybody, image_id = contexts.admin(), payload[server_images.KEY]
    # The image first: a user who sees one may boot from it, and that takes its snapshots.
    server_images.discard(parts, image_id)
    deleted = [
        _is_deleted(parts, snapshot)
        for volume_id in payload.get(_VOLUMES, ())
        for snapshot in parts.volumes.snapshots_of(everybody, volume_id)
        if snapshot.metadata.get(_MARK) == image_id
    ]
    return all(deleted)


def _is_deleted(parts: Parts, snapshot: Snapshot) -> bool:
    """Deletes a snapshot, whose volume may belong to anybody; False when it is still being made."""
    if snapshot.status == "creating":
        return False
    try:
        parts.volumes.delete_snapshot(contexts.admin(), snapshot.id)
    except exception.SnapshotNotFound:
        LOG.debug("Snapshot %s is gone already.", snapshot.id)
    except exception.Invalid as error:
        # Somebody uses it by now, or the volume service has begun to delete it.
        LOG.warning("Snapshot %s stays behind: %s", snapshot.id, error)
    return True


DISCARD = Undo("discard_image", _discard)
