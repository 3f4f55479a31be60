"""Console actions (to 2.5; ``/servers/{id}/remote-consoles`` from 2.6)."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Field, Object, One, Param, View, action, wrap
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request
from nova_api.compute.servers import consoles
from nova_api.db.server_queries import Server

OPEN = policy.rule("os_compute_api:os-remote-consoles", policy.MEMBER, "Open a console of a server.")

#: What the API says to a kind of console that is gone.
MALFORMED = "The server could not comply: the request is either malformed or otherwise incorrect."

LAST = "2.5"
_PATH = "/servers/{id}/action"

CONSOLE = View("console", Field("type", "type", STRING), Field("url", "url", STRING))


def _body(name: str, *types: str) -> Object:
    kind = {"type": "string", "enum": list(types)}
    return wrap(name, Object(Param("type", kind, required=True)))


def _declared(*types: str, name: str) -> dict[str, Any]:
    return {
        "until": LAST,
        "policy": OPEN,
        "body": _body(name, *types),
        "response": One("console", CONSOLE),
        "loads": "server",
        "errors": (400, 404, 409, 501),
    }


class ConsoleActionsController(ServerController):
    """``os-getVNCConsole`` and its kin."""

    @action("os-getVNCConsole", _PATH, **_declared("novnc", "xvpvnc", name="os-getVNCConsole"))
    def vnc(self, request: Request, server: Server) -> consoles.Console:
        return self._open(request, server, "vnc")

    @action("os-getSPICEConsole", _PATH, **_declared("spice-html5", name="os-getSPICEConsole"))
    def spice(self, request: Request, server: Server) -> consoles.Console:
        return self._open(request, server, "spice")

    @action("os-getSerialConsole", _PATH, **_declared("serial", name="os-getSerialConsole"))
    def serial(self, request: Request, server: Server) -> consoles.Console:
        return self._open(request, server, "serial")

    @action("os-getRDPConsole", _PATH, until=LAST, errors=(400,))
    def rdp(self, request: Request, id: str) -> None:
        """Removed; unlike other removed actions it says 400 while its fellows live (errors.md §9)."""
        del id
        _ = request.context  # whoever asks must still say who he is
        raise exception.Invalid(MALFORMED)

    def _open(self, request: Request, server: Server, protocol: str) -> consoles.Console:
        (asked,) = request.data.values()
        return consoles.open_console(self.backend, request.context, server, protocol, asked["type"])
