"""Version documents of the share API."""

from __future__ import annotations

from typing import Any

from nova_api.api.controller import Controller
from nova_api.api.declare import operation
from nova_api.api.neighbour import service_url
from nova_api.api.request import Request

#: Microversions 2.x; the shares that compute clients look up are the same in all of them.
_LEAST = 0
_MOST = 98


class Documents(Controller):
    """``/`` and ``/v2``."""

    @operation("GET", "/", status=300)
    def index(self, request: Request) -> dict[str, Any]:
        return {
            "versions": [
                {
                    "id": "v2.0",
                    "status": "CURRENT",
                    "version": f"2.{_MOST}",
                    "min_version": f"2.{_LEAST}",
                    "updated": "2026-01-01T00:00:00Z",
                    "links": [{"rel": "self", "href": f"{service_url(request)}/v2/"}],
                }
            ]
        }

    @operation("GET", "/v2")
    def version(self, request: Request) -> dict[str, Any]:
        return self.index(request)
