"""Actions ``rescue`` and ``unrescue``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Object, Param, action, wrap
from nova_api.api.declare.types import STRING, UUID
from nova_api.api.request import Request
from nova_api.compute.servers import rescue as domain
from nova_api.db.server_queries import Server

PATH = "/servers/{id}/action"

RESCUE = policy.rule("os_compute_api:os-rescue", policy.MEMBER, "Rescue a server.")
UNRESCUE = policy.rule("os_compute_api:os-unrescue", policy.MEMBER, "Unrescue a server.")

#: Servers that boot from a volume may be rescued.
VOLUMES = Feature(since="2.87")

BODY = wrap(
    "rescue",
    Object(Param("adminPass", STRING), Param("rescue_image_ref", UUID), type=["object", "null"]),
)


class RescueController(ServerController):
    """Boots a server from another image, and back."""

    @action(
        "rescue",
        PATH,
        policy=RESCUE,
        body=BODY,
        returns=Object(Param("adminPass", STRING)),
        status=200,
        loads="server",
        errors=(400, 404, 409, 501),
    )
    def rescue(self, request: Request, server: Server) -> dict[str, str]:
        asked = request.data["rescue"] or {}
        password = domain.rescue(
            self.backend,
            request.context,
            server,
            image_id=asked.get("rescue_image_ref"),
            admin_password=asked.get("adminPass"),
            volumes_too=request.has(VOLUMES),
        )
        return {"adminPass": password} if self.backend.conf.enable_instance_password else {}

    @action(
        "unrescue",
        PATH,
        policy=UNRESCUE,
        body=ignored("unrescue"),
        status=202,
        loads="server",
        errors=(404, 409, 501),
    )
    def unrescue(self, request: Request, server: Server) -> None:
        domain.unrescue(self.backend, request.context, server)
