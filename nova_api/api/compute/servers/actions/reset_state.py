"""Action ``os-resetState``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.request import Request
from nova_api.compute.servers import reset_state as domain
from nova_api.db.server_queries import Server

RESET_STATE = policy.rule(
    "os_compute_api:os-admin-actions:reset_state", policy.ADMIN, "Say in which state a server is."
)

_STATE = {"type": "string", "enum": list(domain.STATES)}


class ResetStateController(ServerController):
    """Puts a server into the state that an administrator names."""

    @action(
        "os-resetState",
        "/servers/{id}/action",
        policy=RESET_STATE,
        body=wrap("os-resetState", Object(Param("state", _STATE, required=True))),
        status=202,
        loads="server",
        errors=(404,),
    )
    def reset_state(self, request: Request, server: Server) -> None:
        domain.reset(self.backend, request.context, server, request.data["os-resetState"]["state"])
