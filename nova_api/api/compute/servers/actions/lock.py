"""Actions ``lock`` and ``unlock``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Object, Param, action
from nova_api.api.declare.types import ANY
from nova_api.api.request import Request
from nova_api.compute.servers import lock as domain
from nova_api.db.server_queries import Server

PATH = "/servers/{id}/action"

_P = "os_compute_api:os-lock-server:"
LOCK = policy.rule(_P + "lock", policy.MEMBER, "Lock a server.")
UNLOCK = policy.rule(_P + "unlock", policy.MEMBER, "Unlock a server.")
UNLOCK_OTHERS = policy.rule(
    _P + "unlock:unlock_override",
    policy.ADMIN,
    "Unlock a server that the other side, owner or admin, locked.",
)

REASON = Feature(since="2.73")

BODY = Object(
    Param("lock", ANY, until="2.72", required=True),
    Param(
        "lock",
        Object(
            Param("locked_reason", {"type": "string", "minLength": 1, "maxLength": 255}),
            type=["object", "null"],
        ),
        since="2.73",
        required=True,
    ),
)


class LockController(ServerController):
    """Locks a server against changes by others than administrators, and unlocks it."""

    @action("lock", PATH, policy=LOCK, body=BODY, status=202, loads="server", errors=(404,))
    def lock(self, request: Request, server: Server) -> None:
        # Below 2.73 the value may be anything, and no reason is in it.
        given = request.data["lock"] if request.has(REASON) else None
        domain.lock(self.backend, request.context, server, (given or {}).get("locked_reason"))

    @action("unlock", PATH, policy=UNLOCK, body=ignored("unlock"), status=202, loads="server", errors=(404,))
    def unlock(self, request: Request, server: Server) -> None:
        if domain.is_others(request.context, server):
            request.authorize(UNLOCK_OTHERS, {"project_id": server.project_id, "user_id": server.user_id})
        domain.unlock(self.backend, request.context, server)
