"""Fixed and floating IPs of a server that exists."""

from __future__ import annotations

from typing import Any

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import transitions
from nova_api.compute.servers import stored_nics
from nova_api.context import RequestContext
from nova_api.db.server_queries import Server


def add_fixed(backend: Backend, context: RequestContext, server: Server, network_id: str) -> None:
    """Has its host take one more address on a network; a failure becomes a fault of the server.

    Raises ServerLocked, ServerNotReady.
    """
    _enqueue(backend, context, server, "add_fixed_ip", {"network_id": network_id})


def remove_fixed(backend: Backend, context: RequestContext, server: Server, address: str) -> None:
    """Has its host give an address back.  As ``add_fixed`` else."""
    _enqueue(backend, context, server, "remove_fixed_ip", {"address": address})


def _enqueue(
    backend: Backend, context: RequestContext, server: Server, operation: str, payload: dict[str, Any]
) -> None:
    transitions.check(server, operation, context)

    def accept() -> None:
        with work.accept(backend) as accepted:
            transitions.begin(accepted.conn, server, operation)
            accepted.enqueue(context, rpc.COMPUTE, operation, server, payload, host=server.host)

    backend.db.retrying(accept)


def add_floating(
    backend: Backend, context: RequestContext, server: Server, address: str, fixed_address: str | None
) -> None:
    """Leads the floating IP ``address`` to the server, at ``fixed_address`` or its first IPv4 address.

    Raises FloatingIPNotFound, Invalid where it has no such address or the
    floating IP is another's.
    """
    floating = backend.networks.floating_ip_at(context, address)
    nics = backend.networks.nics_of([server.uuid]).get(server.uuid, [])
    held = [(nic["port_id"], ip["address"], ip["version"]) for nic in nics for ip in nic["fixed_ips"]]
    if not held:
        raise exception.Invalid(f"Instance {server.uuid} has no fixed IPs to lead a floating IP to.")
    fitting = [
        (port, fixed)
        for port, fixed, version in held
        if (version == 4 if fixed_address is None else fixed == fixed_address)
    ]
    if not fitting:
        raise exception.Invalid(
            f"Fixed address {fixed_address or 'of IPv4'} is not assigned to instance {server.uuid}."
        )
    port_id, fixed = fitting[0]
    if floating.port_id not in (None, port_id):
        raise exception.Invalid(f"Floating IP {address} is already associated.")
    try:
        backend.networks.lead_floating_ip(context, floating.id, port_id, fixed)
    except exception.FloatingIPInUse as error:
        raise exception.Invalid(str(error)) from error
    stored_nics.refresh(backend, server)


def remove_floating(backend: Backend, context: RequestContext, server: Server, address: str) -> None:
    """Lets it lead nowhere.  Raises FloatingIPNotFound, FloatingIPElsewhere."""
    floating = backend.networks.floating_ip_at(context, address)
    nics = backend.networks.nics_of([server.uuid]).get(server.uuid, [])
    if floating.port_id is None or floating.port_id not in {nic["port_id"] for nic in nics}:
        raise exception.FloatingIPElsewhere(address=address, server_id=server.uuid)
    backend.networks.lead_floating_ip(context, floating.id, None, None)
    stored_nics.refresh(backend, server)
