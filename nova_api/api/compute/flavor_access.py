"""``/flavors/{flavor_id}/os-flavor-access`` and its two actions: which projects may use a private flavor."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Array, Feature, Object, Param, Query, action, operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute import flavors

_RULE = "os_compute_api:os-flavor-access"
INDEX = policy.rule(_RULE, policy.ADMIN, "List the projects that may use a private flavor.")
ADD = policy.rule(_RULE + ":add_tenant_access", policy.ADMIN, "Let a project use a private flavor.")
REMOVE = policy.rule(_RULE + ":remove_tenant_access", policy.ADMIN, "Take a private flavor from a project.")

#: Before, a public flavor could be given as well, which changed nothing for anybody.
PRIVATE_ONLY = Feature(since="2.7")

QUERY = Query(closed_since="2.102")

_TENANT = Object(Param("tenant", {"type": "string", "minLength": 1, "maxLength": 255}, required=True))


ACCESS = wrap(
    "flavor_access",
    Array(
        Object(
            Param("flavor_id", types.STRING, required=True), Param("tenant_id", types.STRING, required=True)
        )
    ),
)


def _access(flavor_id: str, projects: list[str]) -> dict[str, Any]:
    return {"flavor_access": [{"flavor_id": flavor_id, "tenant_id": project} for project in projects]}


class FlavorAccessController(Controller):
    """Access lists of private flavors."""

    @operation(
        "GET",
        "/flavors/{flavor_id}/os-flavor-access",
        policy=INDEX,
        query=QUERY,
        returns=ACCESS,
        errors=(404,),
    )
    def index(self, request: Request, flavor_id: str) -> dict[str, Any]:
        return _access(flavor_id, flavors.projects_with_access(self.backend, request.context, flavor_id))

    @action(
        "addTenantAccess",
        "/flavors/{id}/action",
        policy=ADD,
        body=wrap("addTenantAccess", _TENANT),
        returns=ACCESS,
        errors=(400, 403, 404, 409),
    )
    def add(self, request: Request, id: str) -> dict[str, Any]:
        project = request.data["addTenantAccess"]["tenant"]
        private_only = request.has(PRIVATE_ONLY)
        return _access(id, flavors.give_access(self.backend, request.context, id, project, private_only))

    @action(
        "removeTenantAccess",
        "/flavors/{id}/action",
        policy=REMOVE,
        body=wrap("removeTenantAccess", _TENANT),
        returns=ACCESS,
        errors=(400, 403, 404),
    )
    def remove(self, request: Request, id: str) -> dict[str, Any]:
        project = request.data["removeTenantAccess"]["tenant"]
        return _access(id, flavors.take_access(self.backend, request.context, id, project))
