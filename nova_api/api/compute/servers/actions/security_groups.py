"""``addSecurityGroup`` and ``removeSecurityGroup``: on, or off, all ports of a server."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Object, Param, action
from nova_api.api.request import Request
from nova_api.compute.servers import security_groups
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-security-groups:"
ADD = policy.rule(_P + "add", policy.MEMBER, "Add a security group to a server.")
REMOVE = policy.rule(_P + "remove", policy.MEMBER, "Take a security group from a server.")

_PATH = "/servers/{id}/action"


def _body(name: str) -> Object:
    group = Object(Param("name", {"type": "string", "minLength": 1}, required=True))
    return Object(Param(name, group, required=True), extra=True)


class SecurityGroupActionsController(ServerController):
    """Security groups of a server, changed."""

    @action(
        "addSecurityGroup",
        _PATH,
        policy=ADD,
        body=_body("addSecurityGroup"),
        status=202,
        loads="server",
        errors=(400, 404, 409),
    )
    def add(self, request: Request, server: Server) -> None:
        name = request.data["addSecurityGroup"]["name"]
        security_groups.add(self.backend, request.context, server, name)

    @action(
        "removeSecurityGroup",
        _PATH,
        policy=REMOVE,
        body=_body("removeSecurityGroup"),
        status=202,
        loads="server",
        errors=(400, 404, 409),
    )
    def remove(self, request: Request, server: Server) -> None:
        name = request.data["removeSecurityGroup"]["name"]
        security_groups.remove(self.backend, request.context, server, name)
