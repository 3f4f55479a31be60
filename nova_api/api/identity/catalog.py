"""The service catalog: where the services of this cloud are, as the caller reaches them."""

from __future__ import annotations

import functools
import uuid
from typing import Any

from nova_api.api.neighbour import cloud_url
from nova_api.api.request import Request

#: Type, name, path below the cloud's root.  Image and network must be unversioned: clients
#: add the version that they find in the services' own documents.
SERVICES = (
    ("identity", "keystone", "/identity"),
    ("compute", "nova", "/compute/v2.1"),
    ("compute_legacy", "nova_legacy", "/v2"),
    ("image", "glance", "/image"),
    ("network", "neutron", "/network"),
    ("volumev3", "cinderv3", "/volume/v3"),
    ("shared-file-system", "manila", "/share/v2"),
)
INTERFACES = ("public", "internal", "admin")


@functools.cache  # as many as there are services and their interfaces
def stable_id(*parts: str) -> str:
    """The same 32 hexadecimal digits for the same parts in every process."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "nova-api:" + ":".join(parts)).hex


def endpoints(request: Request) -> list[dict[str, Any]]:
    """Every endpoint as ``/v3/endpoints`` lists it."""
    region = request.backend.conf.neighbours.region
    base = cloud_url(request)
    return [
        {
            "id": stable_id("endpoint", kind, interface),
            "service_id": stable_id("service", kind),
            "interface": interface,
            "region": region,
            "region_id": region,
            "url": base + path,
            "enabled": True,
        }
        for kind, _, path in SERVICES
        for interface in INTERFACES
    ]


def catalog(request: Request) -> list[dict[str, Any]]:
    """The catalog of a token."""
    by_service: dict[str, list[dict[str, Any]]] = {}
    for endpoint in endpoints(request):
        shown = {key: endpoint[key] for key in ("id", "interface", "region", "region_id", "url")}
        by_service.setdefault(endpoint["service_id"], []).append(shown)
    return [
        {"id": service_id, "type": kind, "name": name, "endpoints": by_service[service_id]}
        for kind, name, _ in SERVICES
        for service_id in (stable_id("service", kind),)
    ]
