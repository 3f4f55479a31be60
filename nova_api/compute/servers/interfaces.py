"""The NICs of a server: shown as the network service has them, plugged and unplugged by its host."""

from __future__ import annotations

import dataclasses
import uuid as uuids

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import host_calls, transitions
from nova_api.context import RequestContext
from nova_api.db import actions
from nova_api.db.server_queries import Server
from nova_api.neighbours.networks.interface import Nic


@dataclasses.dataclass(frozen=True)
class Wanted:
    """A NIC that a user asks for: his port, or a new one on a network (None: the only one there is)."""

    network_id: str | None = None
    port_id: str | None = None
    fixed_ip: str | None = None
    tag: str | None = None


def index(backend: Backend, server: Server) -> list[Nic]:
    """In the order of their places."""
    return backend.networks.nics_of([server.uuid]).get(server.uuid, [])


def show(backend: Backend, server: Server, port_id: str) -> Nic:
    """Raises InterfaceNotFound."""
    for nic in index(backend, server):
        if nic["port_id"] == port_id:
            return nic
    raise exception.InterfaceNotFound(port_id=port_id, server_id=server.uuid)


def attach(backend: Backend, context: RequestContext, server: Server, wanted: Wanted) -> Nic:
    """Has the server's host plug a NIC in, and waits for it.

    The action is recorded before the network service is asked, so that a
    refusal can be read there too.  Raises Invalid, ServerLocked, the refusals
    of the state, ServerNotReady, HostDown, HostSilent, PortNotFound,
    NetworkNotFound, PortInUse, AddressInUse, ExternalNetworkForbidden.
    """
    if wanted.network_id and wanted.port_id:
        raise exception.Invalid("A port is on one network already: give net_id or port_id, not both.")
    if wanted.fixed_ip and not wanted.network_id:
        raise exception.Invalid("An address is on a network: give net_id with fixed_ips.")
    row = transitions.check(server, "attach_interface", context)
    host = host_calls.require_host(backend, server)
    # The key makes the port of a repeated run the same port.
    payload = {**dataclasses.asdict(wanted), "key": str(uuids.uuid4())}

    def accept() -> str:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, "attach_interface")
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            return accepted.enqueue(
                context,
                rpc.COMPUTE,
                "attach_interface",
                server,
                payload,
                host=host,
                action_id=action,
                cast=False,
            )

    nic: Nic = host_calls.do(backend, host, backend.db.retrying(accept))
    return nic


def detach(backend: Backend, context: RequestContext, server: Server, port_id: str) -> None:
    """Has the server's host unplug a NIC.

    Raises ServerLocked, the refusals of the state, InterfaceNotFound, ServerNotReady.
    """
    row = transitions.check(server, "detach_interface", context)
    show(backend, server, port_id)
    if server.host is None:
        raise exception.ServerNotReady(server_id=server.uuid)

    def accept() -> None:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, "detach_interface")
            action = actions.start(accepted.conn, context, server.id, str(row.action))
            accepted.enqueue(
                context,
                rpc.COMPUTE,
                "detach_interface",
                server,
                {"port_id": port_id},
                host=server.host,
                action_id=action,
            )

    backend.db.retrying(accept)
