"""Quotas, as the networking API shows and sets them."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api.declare import Object, Param, operation, wrap
from nova_api.api.declare.types import BOOLEAN, MAX_INT, is_true
from nova_api.api.neighbour import ANY_QUERY, check_changes_quotas, check_sees_quotas
from nova_api.api.network.attributes import TEXT, NetworkController
from nova_api.api.request import Request
from nova_api.neighbours.quotas import NETWORK, UNLIMITED

_LIMIT = {"type": "integer", "minimum": UNLIMITED, "maximum": MAX_INT}
_UPDATE = wrap(
    "quota",
    Object(
        *(Param(name, _LIMIT) for name in NETWORK.resources),
        Param("check_limit", BOOLEAN),
        Param("force", BOOLEAN),
        Param("project_id", TEXT),
        Param("tenant_id", TEXT),
    ),
)


class NetworkQuotas(NetworkController):
    """``/v2.0/quotas``."""

    @operation("GET", "/v2.0/quotas", query=ANY_QUERY, errors=(403,))
    def index(self, request: Request) -> dict[str, Any]:
        """Those of the projects for which any are set."""
        check_changes_quotas(request)
        found = NETWORK.all_limits(self.backend.db)
        return {
            "quotas": [
                {**limits, "project_id": project, "tenant_id": project} for project, limits in found.items()
            ]
        }

    @operation("GET", "/v2.0/quotas/{project}", query=ANY_QUERY, errors=(403,))
    def show(self, request: Request, project: str) -> dict[str, Any]:
        check_sees_quotas(request, project)
        return {"quota": NETWORK.limits(self.backend.db, project)}

    @operation("GET", "/v2.0/quotas/{project}/default", errors=(403,))
    def default(self, request: Request, project: str) -> dict[str, Any]:
        check_sees_quotas(request, project)
        return {"quota": NETWORK.defaults()}

    @operation("GET", "/v2.0/quotas/{project}/details", errors=(403,))
    def details(self, request: Request, project: str) -> dict[str, Any]:
        check_sees_quotas(request, project)
        limits = NETWORK.limits(self.backend.db, project)
        used = NETWORK.used_of(self.backend.db, project)
        return {
            "quota": {
                name: {"limit": limit, "used": used[name], "reserved": 0} for name, limit in limits.items()
            }
        }

    @operation("PUT", "/v2.0/quotas/{project}", body=_UPDATE, errors=(400, 403, 409))
    def update(self, request: Request, project: str) -> dict[str, Any]:
        """With ``check_limit`` no limit may be less than what the project has."""
        check_changes_quotas(request)
        asked = request.data["quota"]
        limits = {name: asked[name] for name in NETWORK.resources if name in asked}
        checked = is_true(asked.get("check_limit")) and not is_true(asked.get("force"))
        return {"quota": NETWORK.set(self.backend.db, project, limits, checked=checked)}

    @operation("DELETE", "/v2.0/quotas/{project}", status=204, errors=(403, 404))
    def delete(self, request: Request, project: str) -> None:
        check_changes_quotas(request)
        if not NETWORK.forget(self.backend.db, project):
            raise exception.QuotaNotFound(project_id=project)
