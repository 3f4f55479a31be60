"""Floating IPs of a project: taken from pools, which are the external networks, and given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nova_api import exception
from nova_api.backend import Backend
from nova_api.compute.servers import stored_nics
from nova_api.context import RequestContext
from nova_api.db import server_queries
from nova_api.neighbours.networks.interface import FloatingIP, Network


@dataclass(frozen=True, slots=True)
class Led:
    """A floating IP, the pool that it is from, and the server (or None) that it leads to."""

    floating: FloatingIP
    pool: str
    server_id: str | None


def pool_name(network: Network) -> str:
    """What users call the pool: the network's name, or its id where it has none."""
    return network.name or network.id


def page(backend: Backend, context: RequestContext) -> list[Led]:
    """The project's floating IPs."""
    return _led(backend, context, backend.networks.floating_ips_of(context))


def show(backend: Backend, context: RequestContext, floating_ip_id: str) -> Led:
    """Raises FloatingIPNotFound."""
    return _led(backend, context, [backend.networks.show_floating_ip(context, floating_ip_id)])[0]


def create(backend: Backend, context: RequestContext, pool: str | None) -> Led:
    """A new one from ``pool`` (name or id), or from the default pool.

    Raises PoolNotFound, PoolEmpty, Invalid for a name that several pools have.
    """
    network = _pool(backend, context, pool)
    try:
        made = backend.networks.create_floating_ip(context, network.id)
    except exception.NoMoreAddresses as error:
        raise exception.PoolEmpty(pool=pool_name(network)) from error
    return Led(made, pool_name(network), None)


def delete(backend: Backend, context: RequestContext, floating_ip_id: str) -> None:
    """Gives it back; the server that it led to knows at once.  Raises FloatingIPNotFound."""
    (gone,) = _led(backend, context, [backend.networks.show_floating_ip(context, floating_ip_id)])
    backend.networks.delete_floating_ip(context, floating_ip_id)
    if gone.server_id is None:
        return
    with backend.db.reader() as conn:
        server = server_queries.find(conn, gone.server_id)
    if server is not None:
        stored_nics.refresh(backend, server)


def _pool(backend: Backend, context: RequestContext, wanted: str | None) -> Network:
    pools = backend.networks.external_networks(context)
    if not wanted:
        found = sorted(pools, key=lambda network: not network.is_default)[:1]
    else:
        found = [network for network in pools if network.id == wanted] or [
            network for network in pools if network.name == wanted
        ]
    if not found:
        raise exception.PoolNotFound(pool=wanted or "(the default one)")
    if len(found) > 1:
        raise exception.Invalid(f"Several floating IP pools are called {wanted}; name one by its id.")
    return found[0]


def _led(backend: Backend, context: RequestContext, found: Sequence[FloatingIP]) -> list[Led]:
    if not found:
        return []
    names = {network.id: pool_name(network) for network in backend.networks.external_networks(context)}
    servers = backend.networks.servers_at({one.port_id for one in found if one.port_id})
    return [
        Led(one, names.get(one.network_id, one.network_id), servers.get(one.port_id or "")) for one in found
    ]
