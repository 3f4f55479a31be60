"""Actions ``restore`` and ``forceDelete``: what becomes of a server that was deleted softly."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import action
from nova_api.api.request import Request
from nova_api.compute.servers import delete as deleting
from nova_api.compute.servers import soft_delete
from nova_api.db.server_queries import Server

PATH = "/servers/{id}/action"

_P = "os_compute_api:os-deferred-delete:"
RESTORE = policy.rule(_P + "restore", policy.MEMBER, "Restore a server that was deleted softly.")
FORCE = policy.rule(_P + "force", policy.MEMBER, "Delete a server for good, whatever its state.")


class DeferredDeleteController(ServerController):
    """Restores a deleted server, or ends the wait."""

    @action(
        "restore",
        PATH,
        policy=RESTORE,
        body=ignored("restore"),
        status=202,
        loads="server",
        errors=(403, 404, 409),
    )
    def restore(self, request: Request, server: Server) -> None:
        soft_delete.restore(self.backend, request.context, server)

    @action(
        "forceDelete",
        PATH,
        policy=FORCE,
        body=ignored("forceDelete"),
        status=202,
        loads="server",
        errors=(404, 409),
    )
    def force_delete(self, request: Request, server: Server) -> None:
        deleting.force(self.backend, request.context, server)
