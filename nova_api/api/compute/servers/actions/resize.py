"""Actions ``resize``, ``confirmResize`` and ``revertResize``."""

from __future__ import annotations

from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.actions.create_image import PATH
from nova_api.api.compute.servers.params import DISK_CONFIG, ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.request import Request
from nova_api.compute.servers import resize as domain
from nova_api.db.server_queries import Server

RESIZE = wrap(
    "resize",
    Object(
        Param("flavorRef", {"type": ["string", "integer"], "minLength": 1}, required=True),
        Param("OS-DCF:diskConfig", DISK_CONFIG),
    ),
)


class ResizeController(ServerController):
    """Gives servers another flavor, and takes that back or keeps it."""

    @action(
        "resize",
        PATH,
        policy=policies.RESIZE,
        body=RESIZE,
        status=202,
        loads="server",
        errors=(400, 401, 403, 404, 409),
    )
    def resize(self, request: Request, server: Server) -> None:
        asked = request.data["resize"]
        # Clients of old give links for ids.
        flavor_id = str(asked["flavorRef"]).rstrip("/").rpartition("/")[2]
        domain.resize(self.backend, request.context, server, flavor_id, asked.get("OS-DCF:diskConfig"))

    @action(
        "confirmResize",
        PATH,
        policy=policies.CONFIRM_RESIZE,
        body=ignored("confirmResize"),
        status=204,
        loads="server",
        errors=(400, 404, 409),
    )
    def confirm(self, request: Request, server: Server) -> None:
        domain.confirm(self.backend, request.context, server)

    @action(
        "revertResize",
        PATH,
        policy=policies.REVERT_RESIZE,
        body=ignored("revertResize"),
        status=202,
        loads="server",
        errors=(400, 404, 409),
    )
    def revert(self, request: Request, server: Server) -> None:
        domain.revert(self.backend, request.context, server)
