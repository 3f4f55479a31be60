"""Actions ``pause`` and ``unpause``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import action
from nova_api.api.request import Request
from nova_api.compute.servers import pause as domain
from nova_api.db.server_queries import Server

PATH = "/servers/{id}/action"

_P = "os_compute_api:os-pause-server:"
PAUSE = policy.rule(_P + "pause", policy.MEMBER, "Pause a server.")
UNPAUSE = policy.rule(_P + "unpause", policy.MEMBER, "Unpause a server.")


class PauseController(ServerController):
    """Stops a server's CPUs, and lets them run on."""

    @action(
        "pause",
        PATH,
        policy=PAUSE,
        body=ignored("pause"),
        status=202,
        loads="server",
        errors=(404, 409, 501),
    )
    def pause(self, request: Request, server: Server) -> None:
        domain.pause(self.backend, request.context, server)

    @action(
        "unpause",
        PATH,
        policy=UNPAUSE,
        body=ignored("unpause"),
        status=202,
        loads="server",
        errors=(404, 409, 501),
    )
    def unpause(self, request: Request, server: Server) -> None:
        domain.unpause(self.backend, request.context, server)
