"""Routes that are gone for good: 410 at every version, to any caller with a token.

The answer comes after the body was parsed and before any policy is asked,
also for ids that never existed (API reference, "removed" routes).
"""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.compute.rows import Row, declare
from nova_api.api.controller import Controller
from nova_api.api.request import Request

ROWS = (
    Row("GET POST", "/os-agents"),
    Row("PUT DELETE", "/os-agents/{id}"),
    Row("POST GET", "/os-cells"),
    Row("GET", "/os-cells/capacities"),
    Row("GET", "/os-cells/detail"),
    Row("GET", "/os-cells/info"),
    Row("POST", "/os-cells/sync_instances"),
    Row("GET PUT DELETE", "/os-cells/{id}"),
    Row("GET", "/os-cells/{id}/capacities"),
    Row("POST", "/os-certificates"),
    Row("GET", "/os-certificates/{id}"),
    Row("GET POST", "/os-cloudpipe"),
    Row("PUT", "/os-cloudpipe/{id}"),
    Row("GET", "/os-fixed-ips/{id}"),
    Row("POST", "/os-fixed-ips/{id}/action", actions="reserve unreserve"),
    Row("GET", "/os-floating-ip-dns"),
    Row("PUT DELETE", "/os-floating-ip-dns/{id}"),
    Row("GET PUT DELETE", "/os-floating-ip-dns/{domain_id}/entries/{id}"),
    Row("GET POST", "/os-floating-ips-bulk"),
    Row("GET PUT", "/os-floating-ips-bulk/{id}"),
    Row("GET", "/os-fping"),
    Row("GET", "/os-fping/{id}"),
    Row("POST", "/os-networks"),
    Row("POST", "/os-networks/add"),
    Row("DELETE", "/os-networks/{id}"),
    Row(
        "POST",
        "/os-networks/{id}/action",
        actions="associate_host disassociate disassociate_host disassociate_project",
    ),
    Row("GET POST", "/os-security-group-default-rules"),
    Row("GET DELETE", "/os-security-group-default-rules/{id}"),
    Row("POST", "/os-tenant-networks"),
    Row("DELETE", "/os-tenant-networks/{id}"),
    Row("POST", "/servers/{id}/action", actions="resetNetwork"),
    Row("GET POST", "/servers/{server_id}/consoles"),
    Row("GET DELETE", "/servers/{server_id}/consoles/{id}"),
    Row("GET", "/servers/{server_id}/os-virtual-interfaces"),
)


class RemovedController(Controller):
    """Answers for what was removed."""

    @declare(ROWS)
    def gone(self, request: Request, **_arguments: Any) -> None:
        _ = request.context  # whoever asks must still say who he is
        raise exception.Gone(
            f"{request.method} {request.operation.path} was removed from the API and will not return."
        )
