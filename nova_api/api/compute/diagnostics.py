"""``/servers/{server_id}/diagnostics``: what the hypervisor counts of a server.

To 2.47 in the hypervisor's own words, from 2.48 in one form for all of them.
"""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Feature, Field, Query, View, operation
from nova_api.api.declare.types import JSONSchema
from nova_api.api.request import Request
from nova_api.compute.servers import inspection
from nova_api.db.server_queries import Server

SHOW = policy.rule("os_compute_api:os-server-diagnostics", policy.ADMIN, "See the figures of a server.")

STANDARD = Feature(since="2.48")

_NUMBER: JSONSchema = {"type": ["integer", "null"]}
_TEXT: JSONSchema = {"type": ["string", "null"]}
_LIST: JSONSchema = {"type": "array"}


def _of(name: str) -> Any:
    return lambda figures, _request: figures[name]


def _count(name: str) -> Any:
    return lambda figures, _request: len(figures[name])


def _config_drive(_figures: Any, request: Request) -> bool:
    server: Server = request.related["server"]
    return bool(server.config_drive)


def _memory(figures: Any, _request: Request) -> dict[str, int | None]:
    return {"maximum": figures["memory_maximum"], "used": figures["memory_used"]}


DIAGNOSTICS = View(
    "diagnostics",
    Field("state", _of("state"), {"type": "string"}),
    Field("driver", _of("driver"), {"type": "string"}),
    Field("hypervisor", _of("hypervisor"), _TEXT),
    Field("hypervisor_os", _of("hypervisor_os"), _TEXT),
    Field("uptime", _of("uptime"), _NUMBER),
    Field("config_drive", _config_drive, {"type": "boolean"}),
    Field("num_cpus", _count("cpus"), _NUMBER),
    Field("num_nics", _count("nics"), _NUMBER),
    Field("num_disks", _count("disks"), _NUMBER),
    Field("cpu_details", _of("cpus"), _LIST),
    Field("nic_details", _of("nics"), _LIST),
    Field("disk_details", _of("disks"), _LIST),
    Field("memory_details", _memory, {"type": "object"}),
)


class DiagnosticsController(ServerController):
    """``/servers/{server_id}/diagnostics``."""

    @operation(
        "GET",
        "/servers/{server_id}/diagnostics",
        policy=SHOW,
        query=Query(closed_since="2.102"),
        returns={"type": "object"},
        loads="server",
        errors=(400, 404, 409, 501),
    )
    def show(self, request: Request, server: Server) -> Any:
        standard = request.has(STANDARD)
        figures = inspection.diagnostics(self.backend, request.context, server, raw=not standard)
        if not standard:
            return figures
        request.related["server"] = server
        return DIAGNOSTICS.render([figures], request)[0]
