"""What NICs a user asked for, checked before anything is built (errors of the API reference, look-ups)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from nova_api import exception
from nova_api.context import RequestContext
from nova_api.neighbours.networks.interface import Network, Port, Requested

Request = dict[str, Any]


class Known(Protocol):
    """What there is, for those who ask."""

    def networks_for(self, context: RequestContext) -> Sequence[Network]:
        """Networks that the project may boot on."""

    def networks_at(self, context: RequestContext, ids: Collection[str]) -> Sequence[Network]:
        """Those of the networks ``ids`` that the project sees."""

    def show_port(self, context: RequestContext, port_id: str) -> Port:
        """Raises PortNotFound."""

    def check_address(self, network: Network, address: str) -> None:
        """Raises AddressNotInSubnet, AddressInUse."""


class RequestCheck:
    """Turns what was asked for into requests that ``allocate`` can serve, or says what is wrong with it."""

    def __init__(self, known: Known) -> None:
        self._known = known

    def resolve(self, context: RequestContext, requested: Requested) -> list[Request]:
        """The entries of ``requested``; ``auto`` and None become the one network there is, or nothing.

        Raises NetworkAmbiguous when there are several, NoNetworkToAllocate
        when ``auto`` finds none (None then means no NIC).
        """
        if requested == "none":
            return []
        if requested is not None and not isinstance(requested, str):
            return [_normal(item) for item in requested]
        usable = self._known.networks_for(context)
        with_subnets = [network for network in usable if network.subnets]
        if len(with_subnets or usable) > 1:
            raise exception.NetworkAmbiguous()
        if not with_subnets:
            if requested == "auto":
                raise exception.NoNetworkToAllocate(project_id=context.project_id)
            return []
        return [_normal({"network_id": with_subnets[0].id})]

    def validate(self, context: RequestContext, requested: Requested, count: int) -> list[Request]:
        """``resolve``, with everything looked up; see the interface for what is raised."""
        wanted = self.resolve(context, requested)
        seen: set[str] = set()
        for item in wanted:
            port_id = item["port_id"]
            if port_id is not None:
                if port_id in seen:
                    raise exception.PortDuplicated(port_id=port_id)
                seen.add(port_id)
                if count > 1:
                    raise exception.PortNotForSeveral()
            elif item["fixed_ip"] is not None and count > 1:
                raise exception.FixedIPNotForSeveral()
        self._check_ports(context, [item for item in wanted if item["port_id"] is not None])
        self._check_networks(context, [item for item in wanted if item["port_id"] is None])
        return wanted

    def _check_ports(self, context: RequestContext, wanted: Sequence[Request]) -> None:
        """Ports are there, free, and have an address; their network is filled in."""
        for item in wanted:
            port = self._known.show_port(context, item["port_id"])
            if port.device_id:
                raise exception.PortInUse(port_id=port.id)
            if not port.fixed_ips:
                raise exception.PortRequiresFixedIP(port_id=port.id)
            item["network_id"] = port.network_id

    def _check_networks(self, context: RequestContext, wanted: Sequence[Request]) -> None:
        ids = {item["network_id"] for item in wanted}
        known = {network.id: network for network in self._known.networks_at(context, ids)} if ids else {}
        for item in wanted:
            network = known.get(item["network_id"])
            if network is None:
                raise exception.NetworkNotFound(network_id=item["network_id"])
            if network.external and not network.shared and not context.is_admin:
                raise exception.ExternalNetworkForbidden(network_id=network.id)
            if not network.subnets:
                raise exception.NetworkRequiresSubnet(network_id=network.id)
            if item["fixed_ip"] is not None:
                self._known.check_address(network, item["fixed_ip"])


def _normal(item: Mapping[str, Any]) -> Request:
    """An entry with exactly the keys of a request."""
    return {
        "network_id": item.get("network_id") or item.get("uuid"),
        "port_id": item.get("port_id") or item.get("port"),
        "fixed_ip": item.get("fixed_ip"),
        "tag": item.get("tag"),
    }
