"""``/servers/{server_id}/remote-consoles`` (from 2.6): the address of a server's console."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.compute.servers.actions.consoles import MALFORMED, OPEN
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Field, Object, One, Param, View, operation, wrap
from nova_api.api.declare.types import STRING, JSONSchema
from nova_api.api.request import Request
from nova_api.compute.servers import consoles
from nova_api.db.server_queries import Server

#: Accepted by the schema, served by nobody any more.
GONE = "rdp"


def _words(*words: str) -> JSONSchema:
    return {"type": "string", "enum": list(words)}


_PROTOCOLS = ("vnc", "spice", "serial", "rdp")
_TYPES = ("novnc", "xvpvnc", "spice-html5", "serial", "rdp-html5")

BODY = wrap(
    "remote_console",
    Object(
        Param("protocol", _words(*_PROTOCOLS), until="2.7", required=True),
        Param("protocol", _words(*_PROTOCOLS, "mks"), since="2.8", required=True),
        Param("type", _words(*_TYPES), until="2.7", required=True),
        Param("type", _words(*_TYPES, "webmks"), since="2.8", until="2.98", required=True),
        Param("type", _words(*_TYPES, "webmks", "spice-direct"), since="2.99", required=True),
    ),
)

CONSOLE = View(
    "remote console",
    Field("protocol", "protocol", STRING),
    Field("type", "type", STRING),
    Field("url", "url", STRING),
)


class RemoteConsolesController(ServerController):
    """``/servers/{server_id}/remote-consoles``."""

    @operation(
        "POST",
        "/servers/{server_id}/remote-consoles",
        since="2.6",
        policy=OPEN,
        body=BODY,
        response=One("remote_console", CONSOLE),
        loads="server",
        errors=(400, 404, 409, 501),
    )
    def create(self, request: Request, server: Server) -> Any:
        asked = request.data["remote_console"]
        if asked["protocol"] == GONE:
            raise exception.Invalid(MALFORMED)
        return consoles.open_console(self.backend, request.context, server, asked["protocol"], asked["type"])
