"""Version documents, extensions and availability zones of the networking API."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import operation
from nova_api.api.neighbour import ANY_QUERY, service_url
from nova_api.api.network.attributes import NetworkController
from nova_api.api.request import Request

#: Alias, name, what it adds: only what really is here.
_EXTENSIONS = (
    ("availability_zone", "Availability Zone", "The zone of networks and routers"),
    ("binding", "Port Binding", "Hosts and VIF types of ports"),
    ("external-net", "Neutron external network", "The attribute router:external of networks"),
    ("pagination", "Pagination support", "limit, marker and page_reverse"),
    ("port-security", "Port Security", "The attribute port_security_enabled"),
    ("project-id", "project_id field enabled", "The attribute project_id beside tenant_id"),
    ("provider", "Provider Network", "The attributes provider:* of networks"),
    ("quota-check-limit", "Quota engine limit check", "check_limit: no quota below what is used"),
    ("quota_details", "Quota details management support", "What a project uses of its quotas"),
    ("quotas", "Quota management support", "Quotas of projects"),
    ("router", "Neutron L3 Router", "Floating IPs, and routers as names"),
    ("security-group", "security-group", "Security groups and rules"),
    ("sorting", "Sorting support", "sort_key and sort_dir"),
    ("standard-attr-description", "standard-attr-description", "Descriptions"),
    ("standard-attr-tag", "Tag support for resources with standard attribute", "Tags, and filters by them"),
    ("standard-attr-timestamp", "Resource timestamps", "The attributes created_at and updated_at"),
)
_COLLECTIONS = (
    "networks",
    "subnets",
    "ports",
    "security-groups",
    "security-group-rules",
    "floatingips",
    "routers",
)


def _extension(alias: str, name: str, description: str) -> dict[str, Any]:
    text = {"name": name, "description": description, "updated": "2026-01-01T00:00:00-00:00"}
    return {"alias": alias, **text, "links": []}


class Documents(NetworkController):
    """``/``, ``/v2.0``, ``/v2.0/extensions``, ``/v2.0/availability_zones``."""

    @operation("GET", "/")
    def index(self, request: Request) -> dict[str, Any]:
        link = {"rel": "self", "href": f"{service_url(request)}/v2.0/"}
        return {"versions": [{"id": "v2.0", "status": "CURRENT", "links": [link]}]}

    @operation("GET", "/v2.0")
    def resources(self, request: Request) -> dict[str, Any]:
        base = f"{service_url(request)}/v2.0"
        return {
            "resources": [
                {
                    "name": name.removesuffix("s"),
                    "collection": name,
                    "links": [{"rel": "self", "href": f"{base}/{name}"}],
                }
                for name in _COLLECTIONS
            ]
        }

    @operation("GET", "/v2.0/extensions", query=ANY_QUERY)
    def extensions(self, request: Request) -> dict[str, Any]:
        del request
        return {"extensions": [_extension(*row) for row in _EXTENSIONS]}

    @operation("GET", "/v2.0/extensions/{alias}", errors=(404,))
    def extension(self, request: Request, alias: str) -> dict[str, Any]:
        del request
        for row in _EXTENSIONS:
            if row[0] == alias:
                return {"extension": _extension(*row)}
        raise exception.NotFound(f"Extension with alias {alias} does not exist.")

    @operation("GET", "/v2.0/availability_zones", query=ANY_QUERY)
    def zones(self, request: Request) -> dict[str, Any]:
        name = self.backend.conf.default_availability_zone
        del request
        kinds = ("network", "router")
        return {
            "availability_zones": [{"name": name, "resource": kind, "state": "available"} for kind in kinds]
        }

    @operation("GET", "/v2.0/service-providers", query=ANY_QUERY)
    def service_providers(self, request: Request) -> dict[str, Any]:
        """Nobody provides VPNs or firewalls; clients that clear up ask."""
        del request
        return {"service_providers": []}
