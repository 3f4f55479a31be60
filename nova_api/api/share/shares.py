"""Shares, as the share API shows them; ``nova-manage share`` is who makes them."""

from __future__ import annotations

from typing import Any

from nova_api.api.controller import Controller
from nova_api.api.declare import Field, One, View, operation
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request
from nova_api.backend import Backend
from nova_api.neighbours.shares import LocalShares, Share

SHARE = View(
    "share",
    Field("id", "id", STRING),
    Field("name", "name", STRING),
    Field("project_id", "project_id", STRING),
    Field("share_proto", "protocol", STRING),
    Field("status", "status", STRING),
    Field("export_location", "export_location", nullable(STRING)),
)


class Shares(Controller):
    """``/v2/shares`` of the embedded share service; it cannot front a real one."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        if not isinstance(backend.shares, LocalShares):
            raise ValueError("the embedded share API needs the embedded share service")
        self.service = backend.shares

    @operation("GET", "/v2/shares", query=ANY_QUERY, errors=(400,))
    def index(self, request: Request) -> dict[str, Any]:
        return self.detail(request)

    @operation("GET", "/v2/shares/detail", query=ANY_QUERY, errors=(400,))
    def detail(self, request: Request) -> dict[str, Any]:
        found = self.service.visible(request.context, name=request.arg("name"), limit=request.max_limit)
        return {"shares": SHARE.render(found, request)}

    @operation("GET", "/v2/shares/{id}", response=One("share", SHARE), errors=(404,))
    def show(self, request: Request, id: str) -> Share:
        return self.service.show(request.context, id)
