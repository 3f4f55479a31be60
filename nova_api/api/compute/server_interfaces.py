"""``/servers/{server_id}/os-interface``: a server's NICs."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Array, Field, Many, Object, One, Param, Query, View, operation
from nova_api.api.declare.types import IP_ADDRESS, STRING, TAG, UUID, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import interfaces
from nova_api.db.server_queries import Server
from nova_api.neighbours.networks.interface import Nic

_P = "os_compute_api:os-attach-interfaces:"
LIST = policy.rule(_P + "list", policy.READER, "List the NICs of a server.")
SHOW = policy.rule(_P + "show", policy.READER, "Show a NIC of a server.")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Plug a NIC into a server.")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Unplug a NIC from a server.")

QUERY = Query(closed_since="2.102")
_ALL = "/servers/{server_id}/os-interface"
_ONE = "/servers/{server_id}/os-interface/{id}"

_FIXED_IPS = Array(Object(Param("ip_address", IP_ADDRESS, required=True)), minItems=1, maxItems=1)
#: Without its one key too: then a port on the only network there is.
BODY = Object(
    Param(
        "interfaceAttachment",
        Object(
            Param("net_id", UUID),
            Param("port_id", UUID),
            Param("fixed_ips", _FIXED_IPS),
            Param("tag", TAG, since="2.49"),
        ),
    )
)


def _of(name: str) -> Any:
    return lambda nic, _request: nic[name]


def _fixed_ips(nic: Nic, _request: Request) -> list[dict[str, str]]:
    return [{"ip_address": ip["address"], "subnet_id": ip["subnet_id"]} for ip in nic["fixed_ips"]]


INTERFACE = View(
    "interface attachment",
    Field("net_id", _of("network_id"), STRING),
    Field("port_id", _of("port_id"), STRING),
    Field("mac_addr", _of("mac"), STRING),
    Field("port_state", _of("status"), STRING),
    Field("fixed_ips", _fixed_ips, {"type": ["array", "null"]}),
    Field("tag", _of("tag"), nullable(STRING), since="2.70"),
)


class ServerInterfacesController(ServerController):
    """``/servers/{server_id}/os-interface``."""

    @operation(
        "GET",
        _ALL,
        policy=LIST,
        query=QUERY,
        response=Many("interfaceAttachments", INTERFACE),
        loads="server",
        errors=(404, 501),
    )
    def index(self, request: Request, server: Server) -> list[Nic]:
        del request
        return interfaces.index(self.backend, server)

    @operation(
        "GET",
        _ONE,
        policy=SHOW,
        query=QUERY,
        response=One("interfaceAttachment", INTERFACE),
        loads="server",
        errors=(403, 404),
    )
    def show(self, request: Request, server: Server, id: str) -> Nic:
        del request
        return interfaces.show(self.backend, server, id)

    @operation(
        "POST",
        _ALL,
        policy=CREATE,
        body=BODY,
        response=One("interfaceAttachment", INTERFACE),
        loads="server",
        errors=(400, 403, 404, 409, 500, 501),
    )
    def create(self, request: Request, server: Server) -> Nic:
        asked = (request.data or {}).get("interfaceAttachment") or {}
        fixed_ips = asked.get("fixed_ips")
        wanted = interfaces.Wanted(
            network_id=asked.get("net_id"),
            port_id=asked.get("port_id"),
            fixed_ip=fixed_ips[0]["ip_address"] if fixed_ips else None,
            tag=asked.get("tag"),
        )
        return interfaces.attach(self.backend, request.context, server, wanted)

    @operation("DELETE", _ONE, policy=DELETE, status=202, loads="server", errors=(400, 404, 409, 501))
    def delete(self, request: Request, server: Server, id: str) -> None:
        interfaces.detach(self.backend, request.context, server, id)
