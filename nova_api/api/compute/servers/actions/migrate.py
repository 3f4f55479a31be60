"""Action ``migrate``: to another host, switched off."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.actions.create_image import PATH
from nova_api.api.compute.servers.params import HOST
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Object, Param, action
from nova_api.api.declare.types import ANY, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import migrate as domain
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-migrate-server:migrate"
MIGRATE = policy.rule(_P, policy.MANAGER, "Migrate a server to another host.")
MIGRATE_TO_HOST = policy.rule(_P + ":host", policy.ADMIN, "Migrate a server to a chosen host.")

#: Before, the value of ``migrate`` was ignored.
TO_HOST = Feature(since="2.56")

BODY = Object(
    Param("migrate", ANY, until="2.55", required=True),
    Param(
        "migrate",
        Object(Param("host", nullable(HOST)), type=["object", "null"]),
        since="2.56",
        required=True,
    ),
)


class MigrateController(ServerController):
    """Moves servers that may be off for a while."""

    # Its policy depends on the body, so it is asked in the method.
    @action("migrate", PATH, body=BODY, status=202, loads="server", errors=(400, 403, 404, 409))
    def migrate(self, request: Request, server: Server) -> None:
        asked = request.data["migrate"] if request.has(TO_HOST) else None
        host = (asked or {}).get("host")
        request.authorize(MIGRATE if host is None else MIGRATE_TO_HOST, target_of(server))
        domain.migrate(self.backend, request.context, server, host)


def target_of(server: Server) -> dict[str, str]:
    """What a policy is asked about."""
    return {"project_id": server.project_id, "user_id": server.user_id}
