"""``os-getConsoleOutput``: what a server has written to its serial console."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.declare.types import STRING, JSONSchema
from nova_api.api.request import Request
from nova_api.compute.servers import consoles
from nova_api.db.server_queries import Server

SHOW = policy.rule("os_compute_api:os-console-output", policy.MEMBER, "See a server's console output.")

#: Lines from the end; -1 and null are all of them.
LENGTH: JSONSchema = {
    "type": ["integer", "string", "null"],
    "pattern": "^-?[0-9]+$",
    "minimum": -1,
    "numericRange": [-1, None],
}
BODY = wrap("os-getConsoleOutput", Object(Param("length", LENGTH)))


class ConsoleOutputController(ServerController):
    """``os-getConsoleOutput``."""

    @action(
        "os-getConsoleOutput",
        "/servers/{id}/action",
        policy=SHOW,
        body=BODY,
        returns=wrap("output", STRING),
        loads="server",
        errors=(404, 409, 501),
    )
    def show(self, request: Request, server: Server) -> Any:
        length = request.data["os-getConsoleOutput"].get("length")
        lines = None if length is None else int(length)
        return {"output": consoles.output(self.backend, request.context, server, lines)}
