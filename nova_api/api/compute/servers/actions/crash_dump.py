"""Action ``trigger_crash_dump``."""

from __future__ import annotations

from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import action, wrap
from nova_api.api.request import Request
from nova_api.compute.servers import crash_dump as domain
from nova_api.db.server_queries import Server


class CrashDumpController(ServerController):
    """Makes a server's kernel dump its memory."""

    @action(
        "trigger_crash_dump",
        "/servers/{id}/action",
        since="2.17",
        policy=policies.TRIGGER_CRASH_DUMP,
        body=wrap("trigger_crash_dump", {"type": "null"}),
        status=202,
        loads="server",
        errors=(400, 404, 409),
    )
    def trigger_crash_dump(self, request: Request, server: Server) -> None:
        domain.trigger(self.backend, request.context, server)
