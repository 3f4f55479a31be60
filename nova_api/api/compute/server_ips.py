"""``/servers/{server_id}/ips``: a server's addresses by network, without kind and MAC."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.servers.getters import plain_addresses
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Array, Object, Param, Query, operation, wrap
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request
from nova_api.compute.servers import query as servers
from nova_api.db.server_queries import Server

_P = "os_compute_api:ips:"
INDEX = policy.rule(_P + "index", policy.READER, "List the addresses of a server.")
SHOW = policy.rule(_P + "show", policy.READER, "List the addresses of a server on one network.")

QUERY = Query(closed_since="2.102")


_ADDRESSES = Array(
    Object(
        Param("version", {"enum": [4, 6]}, required=True),
        Param("addr", STRING, required=True),
    )
)
_OF_NETWORKS = {"type": "object", "additionalProperties": _ADDRESSES}


class ServerIpsController(ServerController):
    """``/servers/{server_id}/ips``."""

    @operation(
        "GET",
        "/servers/{server_id}/ips",
        policy=INDEX,
        query=QUERY,
        returns=wrap("addresses", _OF_NETWORKS),
        loads="server",
        errors=(404,),
    )
    def index(self, request: Request, server: Server) -> Any:
        return {"addresses": self._addresses(request, server)}

    @operation(
        "GET",
        "/servers/{server_id}/ips/{id}",
        policy=SHOW,
        query=QUERY,
        returns=_OF_NETWORKS,
        loads="server",
        errors=(404,),
    )
    def show(self, request: Request, server: Server, id: str) -> Any:
        addresses = self._addresses(request, server)
        if id not in addresses:
            raise exception.NotFound(f"Instance {server.uuid} is not on a network labelled {id!r}.")
        return {id: addresses[id]}

    def _addresses(self, request: Request, server: Server) -> dict[str, Any]:
        servers.add_parts(self.backend, [server], servers.nic_parts(self.backend))
        return plain_addresses(server, request)
