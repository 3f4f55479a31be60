"""Version documents of the identity API; they need no token."""

from __future__ import annotations

from typing import Any

from nova_api.api.controller import Controller
from nova_api.api.declare import operation
from nova_api.api.neighbour import service_url
from nova_api.api.request import Request


def _version(request: Request) -> dict[str, Any]:
    return {
        "id": "v3.14",
        "status": "stable",
        "updated": "2020-04-07T00:00:00Z",
        "links": [{"rel": "self", "href": f"{service_url(request)}/v3/"}],
        "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v3+json"}],
    }


class Documents(Controller):
    """``GET /`` and ``GET /v3``."""

    @operation("GET", "/", status=300)
    def index(self, request: Request) -> dict[str, Any]:
        return {"versions": {"values": [_version(request)]}}

    @operation("GET", "/v3")
    def show(self, request: Request) -> dict[str, Any]:
        return {"version": _version(request)}
