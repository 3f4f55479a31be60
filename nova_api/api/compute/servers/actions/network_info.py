"""Action ``injectNetworkInfo``."""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.compute.servers.params import ignored
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import action
from nova_api.api.request import Request
from nova_api.compute.servers import network_info as domain
from nova_api.db.server_queries import Server

INJECT_NETWORK_INFO = policy.rule(
    "os_compute_api:os-admin-actions:inject_network_info",
    policy.ADMIN,
    "Have a server's addresses written into it.",
)


class NetworkInfoController(ServerController):
    """Has a server's addresses written into it once more."""

    @action(
        "injectNetworkInfo",
        "/servers/{id}/action",
        policy=INJECT_NETWORK_INFO,
        body=ignored("injectNetworkInfo"),
        status=202,
        loads="server",
        errors=(404, 409),
    )
    def inject_network_info(self, request: Request, server: Server) -> None:
        domain.inject(self.backend, request.context, server)
