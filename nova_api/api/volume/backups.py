"""Backups of volumes: there are none, because nothing makes any."""

from __future__ import annotations

from typing import Any

from nova_api.api.declare import operation
from nova_api.api.neighbour import ANY_QUERY
from nova_api.api.request import Request
from nova_api.api.volume.access import VolumeController


class Backups(VolumeController):
    """``/v3/backups``: clients that clear up look whether something is left."""

    @operation("GET", "/v3/backups", query=ANY_QUERY)
    def index(self, request: Request) -> dict[str, Any]:
        del request
        return {"backups": []}

    @operation("GET", "/v3/backups/detail", query=ANY_QUERY)
    def detail(self, request: Request) -> dict[str, Any]:
        return self.index(request)
