"""``/servers/{server_id}/os-server-password``: the password that a guest has published, encrypted."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Query, operation, wrap
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request
from nova_api.compute.servers import inspection
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-server-password:"
SHOW = policy.rule(_P + "show", policy.READER, "Show a server's encrypted password.")
CLEAR = policy.rule(_P + "clear", policy.MEMBER, "Forget a server's encrypted password.")

_PATH = "/servers/{server_id}/os-server-password"


class ServerPasswordController(ServerController):
    """``/servers/{server_id}/os-server-password``."""

    @operation(
        "GET",
        _PATH,
        policy=SHOW,
        query=Query(closed_since="2.102"),
        returns=wrap("password", STRING),
        loads="server",
        errors=(404,),
    )
    def show(self, request: Request, server: Server) -> Any:
        del request
        return {"password": inspection.password(self.backend, server)}

    @operation("DELETE", _PATH, policy=CLEAR, status=204, loads="server", errors=(404,))
    def clear(self, request: Request, server: Server) -> None:
        del request
        inspection.clear_password(self.backend, server)
