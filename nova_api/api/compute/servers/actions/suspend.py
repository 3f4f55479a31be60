"""Actions ``suspend`` and ``resume``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import action
from nova_api.api.request import Request
from nova_api.compute.servers import suspend as domain
from nova_api.db.server_queries import Server

PATH = "/servers/{id}/action"

_P = "os_compute_api:os-suspend-server:"
SUSPEND = policy.rule(_P + "suspend", policy.MEMBER, "Suspend a server.")
RESUME = policy.rule(_P + "resume", policy.MEMBER, "Resume a suspended server.")


class SuspendController(ServerController):
    """Writes a server's memory to disk, and lets it run on from there."""

    @action(
        "suspend",
        PATH,
        policy=SUSPEND,
        body=ignored("suspend"),
        status=202,
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def suspend(self, request: Request, server: Server) -> None:
        domain.suspend(self.backend, request.context, server)

    @action(
        "resume",
        PATH,
        policy=RESUME,
        body=ignored("resume"),
        status=202,
        loads="server",
        errors=(404, 409),
    )
    def resume(self, request: Request, server: Server) -> None:
        domain.resume(self.backend, request.context, server)
