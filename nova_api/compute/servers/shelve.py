"""Shelving: a server's disk into an image, off its host, and back on one."""

from __future__ import annotations

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import availability_zones, image_reservations, states, transitions
from nova_api.compute.servers import shares, snapshot
from nova_api.compute.servers.image_record import new_image
from nova_api.compute.servers.update import UNCHANGED
from nova_api.context import RequestContext
from nova_api.db import actions, guests, nodes
from nova_api.db.guests import Guest
from nova_api.db.server_queries import Server

_SUFFIX = "-shelved"
_NAME_LENGTH = 255


def shelve(backend: Backend, context: RequestContext, server: Server) -> None:
    """Begins shelving; raises what ``transitions.check`` raises, and ServerNotReady."""
    shares.require_none(backend, server)
    transitions.check(server, "shelve", context)
    if server.image_id is None:
        # Its disk is a volume, which stays: there is nothing to save, and nothing to stay on the host for.
        snapshot.begin(backend, context, server, "shelve", "shelve_offload")
        return
    name = server.name[: _NAME_LENGTH - len(_SUFFIX)] + _SUFFIX
    with image_reservations.reserved(backend) as image:
        new_image(backend, context, server, image.image_id, name, "snapshot", {}, for_owner=True)
        values = {"shelved_image_id": image.image_id}
        snapshot.begin(backend, context, server, "shelve", "shelve", values=values, image=image)


def shelve_offload(backend: Backend, context: RequestContext, server: Server) -> None:
    """Takes a shelved server off its host; raises what ``shelve`` raises."""
    transitions.check(server, "shelve_offload", context)
    snapshot.begin(backend, context, server, "shelve_offload", "shelve_offload")


def unshelve(
    backend: Backend,
    context: RequestContext,
    server: Server,
    *,
    zone: str | None = UNCHANGED,
    host: str | None = None,
) -> None:
    """Begins unshelving, on its host where it still is, else wherever the scheduler finds one.

    ``zone`` pins the server to a zone, None unpins it; ``host`` is the only one
    to go to.  Raises what ``transitions.check`` raises, UnshelvePlaceConflict
    and UnshelveHostNotInZone, ZoneUnavailable, and Invalid for an unknown host.
    """
    transitions.check(server, "unshelve", context)
    values = {}
    if zone is not UNCHANGED or host is not None:
        if server.vm_state != states.SHELVED_OFFLOADED:
            raise exception.UnshelvePlaceConflict(server_id=server.uuid, state=server.vm_state)
        _check_place(backend, server.availability_zone if zone is UNCHANGED else zone, host)
    if zone is not UNCHANGED:
        values["availability_zone"] = zone

    def accept() -> None:
        with work.accept(backend) as accepted:
            conn = accepted.conn
            transitions.begin(conn, server, "unshelve", values)
            guest = guests.get(conn, server.uuid, lock=True)
            assert guest is not None  # begin has just changed it
            action = actions.start(conn, context, server.id, "unshelve")
            _enqueue(accepted, context, guest, host, action)

    backend.db.retrying(accept)


def _enqueue(
    accepted: work.Accepted, context: RequestContext, guest: Guest, host: str | None, action: int
) -> None:
    if guest.host is not None:
        accepted.enqueue(context, rpc.COMPUTE, "unshelve", guest, {}, host=guest.host, action_id=action)
    else:
        accepted.enqueue(context, rpc.SCHEDULER, "unshelve", guest, {"host": host}, action_id=action)


def _check_place(backend: Backend, zone: str | None, host: str | None) -> None:
    with backend.db.reader() as conn:
        if zone is not None and not availability_zones.is_available(conn, backend.conf, zone):
            raise exception.ZoneUnavailable()
        if host is None:
            return
        if not any(node.host == host for node in nodes.list_nodes(conn)):
            raise exception.Invalid(str(exception.HostNotFound(host=host)))
        if zone not in (None, availability_zones.host_zones(conn, backend.conf).of(host)):
            raise exception.UnshelveHostNotInZone(host=host, zone=zone)
