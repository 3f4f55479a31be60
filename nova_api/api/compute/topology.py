"""``/servers/{server_id}/topology`` (from 2.78): the NUMA cells of a server."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Field, One, Query, View, operation
from nova_api.api.request import Request
from nova_api.compute.servers import topology
from nova_api.compute.servers.topology import Cell, Topology
from nova_api.db.server_queries import Server

_P = "compute:server:topology:"
INDEX = policy.rule(_P + "index", policy.READER, "See the NUMA cells of a server.")
HOST = policy.rule(_P + "host:index", policy.ADMIN, "See where on its host a server's NUMA cells are.")

_LIST = {"type": "array"}

NODE = View(
    "NUMA cell",
    Field("memory_mb", "memory_mb", {"type": "integer"}),
    Field("siblings", "siblings", _LIST),
    Field("vcpu_set", "vcpus", _LIST),
    Field("host_node", "number", {"type": "integer"}, policy=HOST),
    Field("cpu_pinning", lambda _cell, _request: {}, {"type": "object"}, policy=HOST),
)


def _nodes(shown: Topology, request: Request) -> list[dict[str, Any]]:
    cells: tuple[Cell, ...] = shown.cells
    return NODE.render(cells, request)


TOPOLOGY = View(
    "topology",
    Field("nodes", _nodes, _LIST),
    Field("pagesize_kb", "page_size_kb", {"type": ["integer", "null"]}),
)


class TopologyController(ServerController):
    """``/servers/{server_id}/topology``."""

    @operation(
        "GET",
        "/servers/{server_id}/topology",
        since="2.78",
        policy=INDEX,
        query=Query(closed_since="2.102"),
        response=One(None, TOPOLOGY),
        loads="server",
        errors=(404,),
    )
    def index(self, request: Request, server: Server) -> Topology:
        del request
        return topology.of(server.flavor, server.image_properties)
