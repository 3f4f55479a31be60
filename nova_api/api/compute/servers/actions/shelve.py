"""Actions ``shelve``, ``shelveOffload`` and ``unshelve``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.actions.create_image import PATH
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Object, Param, action
from nova_api.api.declare.types import ANY, NAME, STRING
from nova_api.api.request import Request
from nova_api.compute.servers import shelve as domain
from nova_api.compute.servers.update import UNCHANGED
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-shelve:"
SHELVE = policy.rule(_P + "shelve", policy.MEMBER, "Shelve a server.")
OFFLOAD = policy.rule(_P + "shelve_offload", policy.ADMIN, "Take a shelved server off its host.")
UNSHELVE = policy.rule(_P + "unshelve", policy.MEMBER, "Unshelve a server.")
UNSHELVE_TO_HOST = policy.rule(_P + "unshelve_to_host", policy.ADMIN, "Unshelve a server on a chosen host.")

#: Before, the value of ``unshelve`` was ignored.
PLACE = Feature(since="2.77")

_OR_NULL = ["object", "null"]
_TO_ZONE = Object(Param("availability_zone", NAME, required=True), type=_OR_NULL)
_TO_HOST = Object(
    Param("availability_zone", {"type": ["string", "null"]}), Param("host", STRING), type=_OR_NULL
)
UNSHELVE_BODY = Object(
    Param("unshelve", ANY, until="2.76", required=True),
    Param("unshelve", _TO_ZONE, since="2.77", until="2.90", required=True),
    Param("unshelve", _TO_HOST, since="2.91", required=True),
)
_ERRORS = (400, 403, 404, 409)


class ShelveController(ServerController):
    """Shelves servers, and takes them up again."""

    @action(
        "shelve",
        PATH,
        policy=SHELVE,
        body=ignored("shelve"),
        status=202,
        loads="server",
        errors=_ERRORS,
    )
    def shelve(self, request: Request, server: Server) -> None:
        domain.shelve(self.backend, request.context, server)

    @action(
        "shelveOffload",
        PATH,
        policy=OFFLOAD,
        body=ignored("shelveOffload"),
        status=202,
        loads="server",
        errors=(400, 404, 409),
    )
    def shelve_offload(self, request: Request, server: Server) -> None:
        domain.shelve_offload(self.backend, request.context, server)

    @action(
        "unshelve",
        PATH,
        policy=UNSHELVE,
        body=UNSHELVE_BODY,
        status=202,
        loads="server",
        errors=_ERRORS,
    )
    def unshelve(self, request: Request, server: Server) -> None:
        asked = request.data["unshelve"] if request.has(PLACE) else None
        asked = asked or {}
        host = asked.get("host")
        if host is not None:
            request.authorize(UNSHELVE_TO_HOST)
        zone = asked.get("availability_zone", UNCHANGED)
        domain.unshelve(self.backend, request.context, server, zone=zone, host=host)
