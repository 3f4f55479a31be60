"""Routes of the API that this service knows and has not built yet: 501 with a sentence.

Whoever builds one deletes its row here; ``docs/coverage.md`` lists what is left.
"""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.compute.rows import Row, declare
from nova_api.api.controller import Controller
from nova_api.api.request import Request

ROWS = (
    Row("GET POST", "/os-aggregates"),
    Row("GET PUT DELETE", "/os-aggregates/{id}"),
    Row("POST", "/os-aggregates/{id}/action", actions="add_host remove_host set_metadata"),
    Row("POST", "/os-aggregates/{id}/images", since="2.81"),
    Row("POST", "/os-assisted-volume-snapshots"),
    Row("DELETE", "/os-assisted-volume-snapshots/{id}"),
    Row("GET POST", "/os-baremetal-nodes", until="2.35"),
    Row("GET DELETE", "/os-baremetal-nodes/{id}", until="2.35"),
    Row("POST", "/os-baremetal-nodes/{id}/action", actions="add_interface remove_interface", until="2.35"),
    Row("GET", "/os-console-auth-tokens/{id}"),
    Row("GET", "/os-floating-ip-pools", until="2.35"),
    Row("GET POST", "/os-floating-ips", until="2.35"),
    Row("GET DELETE", "/os-floating-ips/{id}", until="2.35"),
    Row("GET", "/os-hosts", until="2.42"),
    Row("GET PUT", "/os-hosts/{id}", until="2.42"),
    Row("GET", "/os-hosts/{id}/reboot", until="2.42"),
    Row("GET", "/os-hosts/{id}/shutdown", until="2.42"),
    Row("GET", "/os-hosts/{id}/startup", until="2.42"),
    Row("GET", "/os-hypervisors"),
    Row("GET", "/os-hypervisors/detail"),
    Row("GET", "/os-hypervisors/statistics", until="2.87"),
    Row("GET", "/os-hypervisors/{id}"),
    Row("GET", "/os-hypervisors/{id}/search", until="2.52"),
    Row("GET", "/os-hypervisors/{id}/servers", until="2.52"),
    Row("GET", "/os-hypervisors/{id}/uptime", until="2.87"),
    Row("GET", "/os-instance_usage_audit_log"),
    Row("GET", "/os-instance_usage_audit_log/{id}"),
    Row("GET", "/os-migrations"),
    Row("GET", "/os-networks", until="2.35"),
    Row("GET", "/os-networks/{id}", until="2.35"),
    Row("GET PUT", "/os-quota-class-sets/{id}"),
    Row("GET PUT DELETE", "/os-quota-sets/{id}"),
    Row("GET", "/os-quota-sets/{id}/detail"),
    Row("GET", "/os-quota-sets/{id}/defaults"),
    Row("POST", "/os-security-group-rules", until="2.35"),
    Row("DELETE", "/os-security-group-rules/{id}", until="2.35"),
    Row("GET POST", "/os-security-groups", until="2.35"),
    Row("GET PUT DELETE", "/os-security-groups/{id}", until="2.35"),
    Row("POST", "/os-server-external-events"),
    Row("GET POST", "/os-server-groups"),
    Row("GET DELETE", "/os-server-groups/{id}"),
    Row("GET", "/os-services"),
    Row("PUT DELETE", "/os-services/{id}"),
    Row("GET", "/os-simple-tenant-usage"),
    Row("GET", "/os-simple-tenant-usage/{id}"),
    Row("GET POST", "/os-snapshots", until="2.35"),
    Row("GET", "/os-snapshots/detail", until="2.35"),
    Row("GET DELETE", "/os-snapshots/{id}", until="2.35"),
    Row("GET", "/os-tenant-networks", until="2.35"),
    Row("GET", "/os-tenant-networks/{id}", until="2.35"),
    Row("GET POST", "/os-volumes", until="2.35"),
    Row("GET", "/os-volumes/detail", until="2.35"),
    Row("GET DELETE", "/os-volumes/{id}", until="2.35"),
    Row("GET POST", "/os-volumes_boot", until="2.102"),
    Row("GET", "/os-volumes_boot/detail", until="2.102"),
    Row("GET PUT DELETE", "/os-volumes_boot/{id}", until="2.102"),
    Row(
        "POST",
        "/os-volumes_boot/{id}/action",
        actions="confirmResize createImage os-start os-stop reboot rebuild resize revertResize",
        until="2.102",
    ),
    Row("POST", "/os-volumes_boot/{id}/action", actions="trigger_crash_dump", since="2.17", until="2.102"),
    Row(
        "POST",
        "/servers/{id}/action",
        actions="addFixedIp addFloatingIp removeFixedIp removeFloatingIp",
        until="2.43",
    ),
    Row(
        "POST",
        "/servers/{id}/action",
        actions=(
            "addSecurityGroup changePassword confirmResize createBackup createImage evacuate "
            "forceDelete injectNetworkInfo lock migrate os-getConsoleOutput os-migrateLive os- "
            "resetState pause rebuild removeSecurityGroup rescue resize restore resume "
            "revertResize shelve shelveOffload suspend unlock unpause unrescue unshelve"
        ),
    ),
    Row(
        "POST",
        "/servers/{id}/action",
        actions="os-getSPICEConsole os-getSerialConsole os-getVNCConsole",
        until="2.5",
    ),
    Row("POST", "/servers/{id}/action", actions="trigger_crash_dump", since="2.17"),
    Row("GET", "/servers/{server_id}/diagnostics"),
    Row("GET", "/servers/{server_id}/ips"),
    Row("GET", "/servers/{server_id}/ips/{id}"),
    Row("GET POST PUT", "/servers/{server_id}/metadata"),
    Row("GET PUT DELETE", "/servers/{server_id}/metadata/{id}"),
    Row("GET", "/servers/{server_id}/migrations", since="2.23"),
    Row("GET", "/servers/{server_id}/migrations/{id}", since="2.23"),
    Row("DELETE", "/servers/{server_id}/migrations/{id}", since="2.24"),
    Row("POST", "/servers/{server_id}/migrations/{id}/action", actions="force_complete", since="2.22"),
    Row("GET POST", "/servers/{server_id}/os-interface"),
    Row("GET DELETE", "/servers/{server_id}/os-interface/{id}"),
    Row("GET DELETE", "/servers/{server_id}/os-server-password"),
    Row("GET POST", "/servers/{server_id}/os-volume_attachments"),
    Row("GET PUT DELETE", "/servers/{server_id}/os-volume_attachments/{id}"),
    Row("POST", "/servers/{server_id}/remote-consoles", since="2.6"),
    Row("GET", "/servers/{server_id}/os-security-groups"),
    Row("GET POST", "/servers/{server_id}/shares", since="2.97"),
    Row("GET DELETE", "/servers/{server_id}/shares/{id}", since="2.97"),
    Row("GET PUT DELETE", "/servers/{server_id}/tags", since="2.26"),
    Row("GET PUT DELETE", "/servers/{server_id}/tags/{id}", since="2.26"),
    Row("GET", "/servers/{server_id}/topology", since="2.78"),
)


class UnbuiltController(Controller):
    """Answers for what is still to be built."""

    @declare(ROWS)
    def not_built(self, request: Request, **_arguments: Any) -> None:
        _ = request.context
        operation = request.operation
        what = f"action {operation.action} of {operation.path}" if operation.action else operation.path
        raise exception.NotImplementedYet(
            f"{request.method} {what} is not built in this version of nova-api yet."
        )
