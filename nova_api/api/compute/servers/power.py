"""Actions that switch a server: ``os-start``, ``os-stop``, ``reboot``."""

from __future__ import annotations

from typing import Any

from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.params import REBOOT, ignored
from nova_api.api.controller import Controller
from nova_api.api.declare import action
from nova_api.api.request import Request
from nova_api.compute.servers import power as domain
from nova_api.compute.servers import query

PATH = "/servers/{id}/action"


class PowerController(Controller):
    """Start, stop and reboot."""

    def server(self, request: Request, server_id: str) -> Any:
        return query.get(self.backend, request.context, server_id)

    @action(
        "os-start",
        PATH,
        policy=policies.START,
        body=ignored("os-start"),
        status=202,
        loads="server",
        errors=(404, 409),
    )
    def start(self, request: Request, server: Any) -> None:
        domain.start(self.backend, request.context, server)

    @action(
        "os-stop",
        PATH,
        policy=policies.STOP,
        body=ignored("os-stop"),
        status=202,
        loads="server",
        errors=(404, 409),
    )
    def stop(self, request: Request, server: Any) -> None:
        domain.stop(self.backend, request.context, server)

    @action(
        "reboot", PATH, policy=policies.REBOOT, body=REBOOT, status=202, loads="server", errors=(404, 409)
    )
    def reboot(self, request: Request, server: Any) -> None:
        hard = request.data["reboot"]["type"].upper() == "HARD"
        domain.reboot(self.backend, request.context, server, hard=hard)
