"""``/flavors/{flavor_id}/os-extra_specs``: what a flavor asks of hosts and hypervisors, as key and value."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Feature, Object, Query, operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute import flavors

_RULE = "os_compute_api:os-flavor-extra-specs:"
INDEX = policy.rule(
    _RULE + "index", policy.READER, "List a flavor's extra specs; also see them in the flavor itself."
)
SHOW = policy.rule(_RULE + "show", policy.READER, "Show one extra spec of a flavor.")
CREATE = policy.rule(_RULE + "create", policy.ADMIN, "Add extra specs to a flavor.")
UPDATE = policy.rule(_RULE + "update", policy.ADMIN, "Change one extra spec of a flavor.")
DELETE = policy.rule(_RULE + "delete", policy.ADMIN, "Remove one extra spec of a flavor.")

#: Keys and values of the known namespaces are checked.
VALIDATED = Feature(since="2.86")

QUERY = Query(closed_since="2.102")

_SPECS = {"^[a-zA-Z0-9-_:. ]{1,255}$": {"type": ["string", "number"], "maxLength": 255}}
CREATE_BODY = wrap("extra_specs", Object(patterns=_SPECS))
#: One extra spec as the request has it, a number too.
ONE = {"type": "object", "additionalProperties": {"type": ["string", "number"]}}
UPDATE_BODY = Object(patterns=_SPECS, minProperties=1, maxProperties=1)


class FlavorExtraSpecsController(Controller):
    """``/flavors/{flavor_id}/os-extra_specs``."""

    @operation(
        "GET",
        "/flavors/{flavor_id}/os-extra_specs",
        policy=INDEX,
        query=QUERY,
        returns=wrap("extra_specs", types.STRINGS),
        errors=(404,),
    )
    def index(self, request: Request, flavor_id: str) -> dict[str, Any]:
        return {"extra_specs": flavors.get_extra_specs(self.backend, request.context, flavor_id)}

    @operation(
        "GET",
        "/flavors/{flavor_id}/os-extra_specs/{id}",
        policy=SHOW,
        query=QUERY,
        returns=types.STRINGS,
        errors=(404,),
    )
    def show(self, request: Request, flavor_id: str, id: str) -> dict[str, str]:
        return {id: flavors.get_extra_spec(self.backend, request.context, flavor_id, id)}

    @operation(
        "POST",
        "/flavors/{flavor_id}/os-extra_specs",
        policy=CREATE,
        body=CREATE_BODY,
        returns=wrap("extra_specs", ONE),
        errors=(400, 404, 409),
    )
    def create(self, request: Request, flavor_id: str) -> Any:
        self._set(request, flavor_id, request.data["extra_specs"])
        return request.data

    @operation(
        "PUT",
        "/flavors/{flavor_id}/os-extra_specs/{id}",
        policy=UPDATE,
        body=UPDATE_BODY,
        returns=ONE,
        errors=(400, 404, 409),
    )
    def update(self, request: Request, flavor_id: str, id: str) -> Any:
        if id not in request.data:
            raise exception.Invalid(f"Request body and URI mismatch: the body has no key {id!r}.")
        self._set(request, flavor_id, request.data)
        return request.data

    @operation("DELETE", "/flavors/{flavor_id}/os-extra_specs/{id}", policy=DELETE, errors=(404,))
    def delete(self, request: Request, flavor_id: str, id: str) -> None:
        flavors.delete_extra_spec(self.backend, request.context, flavor_id, id)

    def _set(self, request: Request, flavor_id: str, specs: dict[str, str | float]) -> None:
        flavors.set_extra_specs(
            self.backend, request.context, flavor_id, specs, validate=request.has(VALIDATED)
        )
