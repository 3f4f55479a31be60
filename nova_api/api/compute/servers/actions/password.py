"""Action ``changePassword``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request
from nova_api.compute.servers import password as domain
from nova_api.db.server_queries import Server

CHANGE_PASSWORD = policy.rule(
    "os_compute_api:os-admin-password", policy.MEMBER, "Change the administrator password of a server."
)


class PasswordController(ServerController):
    """Changes the administrator password inside a running server."""

    @action(
        "changePassword",
        "/servers/{id}/action",
        policy=CHANGE_PASSWORD,
        body=wrap("changePassword", Object(Param("adminPass", STRING, required=True))),
        status=202,
        loads="server",
        errors=(404, 409, 501),
    )
    def change_password(self, request: Request, server: Server) -> None:
        domain.change(self.backend, request.context, server, request.data["changePassword"]["adminPass"])
