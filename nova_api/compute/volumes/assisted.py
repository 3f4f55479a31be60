"""Snapshots of volumes that only the hypervisor can take, for the volume service."""

from __future__ import annotations

from collections.abc import Mapping

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import states
from nova_api.context import RequestContext
from nova_api.db import block_devices, guests
from nova_api.db.guests import Guest

#: Methods of topic ``compute``; payload {"volume", "snapshot", "new_file"} and {"volume", "snapshot"}.
CREATE = "create_volume_snapshot"
DELETE = "delete_volume_snapshot"

_WITH_GUEST = (states.ACTIVE, states.PAUSED, states.STOPPED)


def create(
    backend: Backend, context: RequestContext, volume_id: str, snapshot_id: str, new_file: str
) -> None:
    """Raises VolumeInvalid, and Invalid for a server in no state for it."""
    _pass_on(backend, context, CREATE, {"volume": volume_id, "snapshot": snapshot_id, "new_file": new_file})


def delete(backend: Backend, context: RequestContext, volume_id: str, snapshot_id: str) -> None:
    """Raises what ``create`` raises."""
    _pass_on(backend, context, DELETE, {"volume": volume_id, "snapshot": snapshot_id})


def _pass_on(backend: Backend, context: RequestContext, method: str, payload: Mapping[str, str]) -> None:
    def accept() -> None:
        with work.accept(backend) as accepted:
            volume_id = payload["volume"]
            owners = block_devices.servers_with(accepted.conn, volume_id)
            if len(owners) != 1:
                raise exception.VolumeInvalid(
                    reason=f"volume {volume_id} is attached to {len(owners)} servers, and must be to one."
                )
            guest = guests.get(accepted.conn, owners[0], lock=True)
            _check(guest, volume_id)
            assert guest is not None  # checked
            accepted.enqueue(context, rpc.COMPUTE, method, guest, payload, host=guest.host)

    backend.db.retrying(accept)


def _check(guest: Guest | None, volume_id: str) -> None:
    if guest is None or guest.host is None:
        raise exception.VolumeInvalid(reason=f"the server of volume {volume_id} is not on any host.")
    if guest.vm_state not in _WITH_GUEST or guest.task_state is not None:
        raise exception.Invalid(
            f"Instance {guest.uuid} is {guest.vm_state} ({guest.task_state}): its volumes cannot be "
            "snapshotted now."
        )
