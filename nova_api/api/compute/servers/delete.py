"""``DELETE /servers/{id}``."""

from __future__ import annotations

from typing import Any

from nova_api.api.compute.servers import policies
from nova_api.api.controller import Controller
from nova_api.api.declare import operation
from nova_api.api.request import Request
from nova_api.compute.servers import delete as domain
from nova_api.compute.servers import query


class DeleteController(Controller):
    """Deletes servers."""

    def server(self, request: Request, server_id: str) -> Any:
        return query.get(self.backend, request.context, server_id)

    @operation(
        "DELETE", "/servers/{id}", policy=policies.DELETE, status=204, loads="server", errors=(404, 409)
    )
    def delete(self, request: Request, server: Any) -> None:
        domain.delete(self.backend, request.context, server)
