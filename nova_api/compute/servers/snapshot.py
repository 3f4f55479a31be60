"""Images and backups of servers: the image's record at once, its data later, by the server's host."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import image_reservations, quotas, server_images, transitions
from nova_api.compute.image_reservations import Reservation
from nova_api.compute.quotas import UNLIMITED
from nova_api.compute.servers import volume_snapshot
from nova_api.compute.servers.image_record import new_image
from nova_api.context import RequestContext
from nova_api.db import actions, guests
from nova_api.db.server_queries import Server


def create_image(
    backend: Backend,
    context: RequestContext,
    server: Server,
    name: str,
    metadata: Mapping[str, str],
    *,
    counted: bool,
) -> str:
    """Begins an image of ``server``; its id.

    ``counted`` holds ``metadata`` to the project's quota.  Raises
    ServerInvalidState, ServerNotLaunched, ServerNotReady, QuotaExceeded; of a
    server that runs from a volume also what the volume service refuses.
    """
    transitions.check(server, "create_image", context)
    if counted:
        _check_metadata(backend, server, metadata)
    if server.image_id is None:
        return volume_snapshot.create_image(backend, context, server, name, metadata)
    with image_reservations.reserved(backend) as image:
        new_image(backend, context, server, image.image_id, name, "snapshot", metadata)
        begin(backend, context, server, "create_image", "snapshot", image=image)
    return image.image_id


def create_backup(
    backend: Backend,
    context: RequestContext,
    server: Server,
    name: str,
    backup_type: str,
    rotation: int,
    metadata: Mapping[str, str],
    *,
    counted: bool,
) -> str:
    """Begins a backup of ``server``, of whose kind the newest ``rotation`` are kept; its image's id.

    Raises what ``create_image`` raises, and Invalid for a server that runs from a volume.
    """
    transitions.check(server, "create_backup", context)
    if counted:
        _check_metadata(backend, server, metadata)
    if server.image_id is None:
        raise exception.Invalid("Backup is not supported for volume-backed instances.")
    kind = {"backup_type": backup_type}
    payload = {"rotation": rotation, **kind}
    with image_reservations.reserved(backend) as image:
        new_image(backend, context, server, image.image_id, name, "backup", {**metadata, **kind})
        begin(backend, context, server, "create_backup", "backup", payload, image=image)
    return image.image_id


def _check_metadata(backend: Backend, server: Server, metadata: Mapping[str, str]) -> None:
    limit = quotas.limits_of(backend, server.project_id)["metadata_items"]
    if limit != UNLIMITED and len(metadata) > limit:
        raise exception.QuotaExceeded(
            f"Image metadata limit exceeded: {len(metadata)} items were given, the maximum is {limit}."
        )


def begin(
    backend: Backend,
    context: RequestContext,
    server: Server,
    operation: str,
    method: str,
    payload: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
    *,
    image: Reservation | None = None,
) -> None:
    """Hands a server that ``transitions.check`` has admitted to its host's ``method``.

    ``image`` is what that is to fill, and is kept.  Raises what
    ``transitions.begin`` raises, and ServerNotReady.
    """
    row = transitions.OPERATIONS[operation]
    named = {} if image is None else {server_images.KEY: image.image_id}

    def accept() -> None:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            transitions.begin(conn, server, operation, values)
            guest = guests.get(conn, server.uuid, lock=True)
            if guest is None or guest.host is None:
                # In ERROR after a build that found no host: the work would wait for nobody.
                raise exception.ServerNotReady(server_id=server.uuid)
            if image is not None:
                image.keep(conn)
            action = actions.start(conn, context, server.id, str(row.action))
            work_payload = {**named, **(payload or {})}
            accepted.enqueue(
                context, rpc.COMPUTE, method, server, work_payload, host=guest.host, action_id=action
            )

    backend.db.retrying(accept)
