"""``PUT /servers/{id}``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nova_api.api.compute.servers import policies, related, views
from nova_api.api.compute.servers.params import UPDATE
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import One, operation
from nova_api.api.request import Request
from nova_api.compute.servers import update as domain
from nova_api.db.server_queries import Server

#: Key of the body → what the domain calls it.
_NAMES = {
    "name": "name",
    "description": "description",
    "hostname": "hostname",
    "accessIPv4": "access_ip_v4",
    "accessIPv6": "access_ip_v6",
    "OS-DCF:diskConfig": "disk_config",
    "pinned_availability_zone": "availability_zone",
}


def change_of(asked: Mapping[str, Any]) -> domain.Change:
    """What a body says of the server itself; its other keys are left alone."""
    return domain.Change(**{_NAMES[key]: value for key, value in asked.items() if key in _NAMES})


class ServersUpdateController(ServerController):
    """Changes a server's name, description and the like."""

    @operation(
        "PUT",
        "/servers/{id}",
        policy=policies.UPDATE,
        body=UPDATE,
        response=One("server", views.UPDATE),
        loads="server",
        errors=(404, 409),
    )
    def update(self, request: Request, server: Server) -> Server:
        changed = domain.update(self.backend, server, change_of(request.data["server"]))
        related.load(request, views.UPDATE, changed)
        return changed
