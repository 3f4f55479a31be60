"""Action ``os-migrateLive``: to another host, running."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.actions.create_image import PATH
from nova_api.api.compute.servers.actions.migrate import target_of
from nova_api.api.compute.servers.params import HOST
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Object, Param, action, wrap
from nova_api.api.declare.types import BOOLEAN, is_true, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import live_migration as domain
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-migrate-server:migrate_live"
MIGRATE_LIVE = policy.rule(_P, policy.MANAGER, "Migrate a running server to another host.")
MIGRATE_LIVE_TO_HOST = policy.rule(_P + ":host", policy.ADMIN, "Migrate a running server to a chosen host.")

#: The request waits for what the hosts say to it.
SYNCHRONOUS = Feature(until="2.33")

_BOOLEAN_OR_AUTO = BOOLEAN | {"enum": [*BOOLEAN["enum"], "auto"]}

# Whether disks are shared is the driver's to find out; what these two say is accepted and not needed.
BODY = wrap(
    "os-migrateLive",
    Object(
        Param("block_migration", BOOLEAN, until="2.24", required=True),
        Param("block_migration", _BOOLEAN_OR_AUTO, since="2.25", required=True),
        Param("disk_over_commit", BOOLEAN, until="2.24", required=True),
        Param("host", nullable(HOST), required=True),
        Param("force", BOOLEAN, since="2.30", until="2.67"),
    ),
)


class LiveMigrateController(ServerController):
    """Moves servers that run on meanwhile."""

    # Its policy depends on the body, so it is asked in the method.
    @action("os-migrateLive", PATH, body=BODY, status=202, loads="server", errors=(400, 403, 404, 409))
    def live_migrate(self, request: Request, server: Server) -> None:
        asked = request.data["os-migrateLive"]
        host = asked["host"]
        request.authorize(MIGRATE_LIVE if host is None else MIGRATE_LIVE_TO_HOST, target_of(server))
        domain.live_migrate(
            self.backend,
            request.context,
            server,
            host,
            force=is_true(asked.get("force")),
            wait=request.has(SYNCHRONOUS),
        )
