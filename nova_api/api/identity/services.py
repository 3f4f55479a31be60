"""The one domain, the one region, and the services of this cloud, as clients list them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import operation
from nova_api.api.identity.access import IdentityController, require_admin
from nova_api.api.identity.catalog import SERVICES, endpoints, stable_id
from nova_api.api.identity.projects import links
from nova_api.api.identity.tokens import DOMAIN
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request


def _found(items: list[dict[str, Any]], id: str) -> dict[str, Any]:
    for item in items:
        if item["id"] == id:
            return item
    raise exception.NotFound(f"Could not find {id}.")


class Services(IdentityController):
    """``/v3/domains``, ``/v3/regions``, ``/v3/services``, ``/v3/endpoints``: fixed, read only."""

    @operation("GET", "/v3/domains", query=ANY_QUERY, errors=(401,))
    def domains(self, request: Request) -> dict[str, Any]:
        _ = request.context
        name = request.arg("name", DOMAIN["name"]) or ""
        shown = self._domains() if name.lower() == DOMAIN["name"].lower() else []
        return {"domains": shown, "links": links(request)}

    @operation("GET", "/v3/domains/{id}", errors=(401, 404))
    def domain(self, request: Request, id: str) -> dict[str, Any]:
        _ = request.context
        return {"domain": _found(self._domains(), id)}

    @staticmethod
    def _domains() -> list[dict[str, Any]]:
        return [{**DOMAIN, "description": "The default domain", "enabled": True, "tags": [], "options": {}}]

    @operation("GET", "/v3/regions", query=ANY_QUERY, errors=(401,))
    def regions(self, request: Request) -> dict[str, Any]:
        _ = request.context
        return {"regions": self._regions(), "links": links(request)}

    @operation("GET", "/v3/regions/{id}", errors=(401, 404))
    def region(self, request: Request, id: str) -> dict[str, Any]:
        _ = request.context
        return {"region": _found(self._regions(), id)}

    def _regions(self) -> list[dict[str, Any]]:
        name = self.backend.conf.neighbours.region
        return [{"id": name, "description": "", "parent_region_id": None}]

    @operation("GET", "/v3/services", query=ANY_QUERY, errors=(401, 403))
    def services(self, request: Request) -> dict[str, Any]:
        require_admin(request)
        kind, name = request.arg("type"), request.arg("name")
        shown = [
            item for item in self._services() if kind in (None, item["type"]) and name in (None, item["name"])
        ]
        return {"services": shown, "links": links(request)}

    @operation("GET", "/v3/services/{id}", errors=(401, 403, 404))
    def service(self, request: Request, id: str) -> dict[str, Any]:
        require_admin(request)
        return {"service": _found(self._services(), id)}

    @staticmethod
    def _services() -> list[dict[str, Any]]:
        return [
            {"id": stable_id("service", kind), "type": kind, "name": name, "enabled": True}
            for kind, name, _ in SERVICES
        ]

    @operation("GET", "/v3/endpoints", query=ANY_QUERY, errors=(401, 403))
    def endpoints(self, request: Request) -> dict[str, Any]:
        require_admin(request)
        asked = {key: request.arg(key) for key in ("interface", "service_id", "region_id")}
        shown = [
            item
            for item in endpoints(request)
            if all(value in (None, item[key]) for key, value in asked.items())
        ]
        return {"endpoints": shown, "links": links(request)}

    @operation("GET", "/v3/endpoints/{id}", errors=(401, 403, 404))
    def endpoint(self, request: Request, id: str) -> dict[str, Any]:
        require_admin(request)
        return {"endpoint": _found(endpoints(request), id)}
