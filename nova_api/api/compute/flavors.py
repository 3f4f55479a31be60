"""``/flavors``: what servers can be made of, and how administrators manage that."""

from __future__ import annotations

from typing import Any

from oslo_utils import strutils

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.flavor_extra_specs import INDEX as EXTRA_SPECS_INDEX
from nova_api.api.controller import Controller
from nova_api.api.declare import (
    Feature,
    Field,
    Many,
    Object,
    One,
    Param,
    Query,
    QueryParam,
    View,
    operation,
    types,
    wrap,
)
from nova_api.api.request import Request
from nova_api.compute import flavors
from nova_api.compute.flavors import NewFlavor
from nova_api.db.flavors import Flavor, FlavorFilter

CREATE = policy.rule("os_compute_api:os-flavor-manage:create", policy.ADMIN, "Create a flavor.")
UPDATE = policy.rule("os_compute_api:os-flavor-manage:update", policy.ADMIN, "Change a flavor's description.")
DELETE = policy.rule("os_compute_api:os-flavor-manage:delete", policy.ADMIN, "Delete a flavor.")

#: Zero is a number like any other since then; before, an empty string stood for it.
SWAP_AS_NUMBER = Feature(since="2.75")

# --- what may be asked -----------------------------------------------------------

_SORT_KEYS = [
    *("created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public", "memory_mb"),
    *("name", "root_gb", "swap", "updated_at", "vcpu_weight", "vcpus"),
]

LIST_QUERY = Query(
    QueryParam("is_public", types.STRING),
    QueryParam("limit", types.NON_NEGATIVE),
    QueryParam("marker", types.STRING),
    QueryParam("minDisk", types.STRING),
    QueryParam("minRam", types.STRING),
    QueryParam("name", types.STRING, since="2.102"),
    QueryParam("sort_dir", {"type": "string", "enum": ["asc", "desc"]}),
    QueryParam("sort_key", {"type": "string", "enum": [*_SORT_KEYS, "rxtx_factor"]}, until="2.101"),
    QueryParam("sort_key", {"type": "string", "enum": _SORT_KEYS}, since="2.102"),
    closed_since="2.75",
)
SHOW_QUERY = Query(closed_since="2.102")

_SIZE = types.integer(0, types.MAX_INT)
_COUNT = types.integer(1, types.MAX_INT)
_ID = {
    "type": ["string", "number", "null"],
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^(?! )[a-zA-Z0-9. _-]+(?<! )$",
}
_FACTOR = {
    "type": ["number", "string"],
    "pattern": r"^[0-9]+(\.[0-9]+)?$",
    "exclusiveMinimum": 0,
    "maximum": flavors.MAX_RXTX_FACTOR,
}
#: Printable characters of the first plane.
_DESCRIPTION = types.printable(65535)

CREATE_BODY = wrap(
    "flavor",
    Object(
        Param("name", types.NAME, required=True, legacy=types.PADDED_NAME),
        Param("id", _ID),
        Param("ram", _COUNT, required=True),
        Param("vcpus", _COUNT, required=True),
        Param("disk", _SIZE, required=True),
        Param("OS-FLV-EXT-DATA:ephemeral", _SIZE),
        Param("swap", _SIZE),
        Param("rxtx_factor", _FACTOR, until="2.101"),
        Param("os-flavor-access:is_public", types.BOOLEAN),
        Param("description", _DESCRIPTION, since="2.55"),
    ),
)
UPDATE_BODY = wrap("flavor", Object(Param("description", _DESCRIPTION, required=True)))

# --- what is shown -----------------------------------------------------------------

_INTEGER = {"type": "integer"}
_BOOLEAN = {"type": "boolean"}


def _links(flavor: Flavor, request: Request) -> list[dict[str, str]]:
    return request.links("flavors", flavor.flavorid)


def _swap(flavor: Flavor, request: Request) -> int | str:
    return flavor.swap or (0 if request.has(SWAP_AS_NUMBER) else "")


def _extra_specs(flavor: Flavor, request: Request) -> dict[str, str]:
    specs: dict[str, str] = request.related["extra_specs"][flavor.id]
    return specs


LIST_VIEW = View(
    "flavor in list",
    Field("id", "flavorid", types.STRING),
    Field("name", "name", types.STRING),
    Field("description", "description", types.nullable(types.STRING), since="2.55"),
    Field("links", _links, {"type": "array"}),
)
VIEW = View(
    "flavor",
    *LIST_VIEW.fields,
    Field("ram", "memory_mb", _INTEGER),
    Field("vcpus", "vcpus", _INTEGER),
    Field("disk", "root_gb", _INTEGER),
    Field("OS-FLV-EXT-DATA:ephemeral", "ephemeral_gb", _INTEGER),
    Field("swap", _swap, {"type": ["integer", "string"]}),
    Field("os-flavor-access:is_public", "is_public", _BOOLEAN),
    Field("OS-FLV-DISABLED:disabled", "disabled", _BOOLEAN, until="2.101"),
    Field("rxtx_factor", "rxtx_factor", {"type": "number"}, until="2.101"),
    Field(
        "extra_specs",
        _extra_specs,
        {"type": "object"},
        since="2.61",
        policy=EXTRA_SPECS_INDEX,
        loads="extra_specs",
    ),
)

ONE = One("flavor", VIEW)


def _marker(flavor: Flavor) -> str:
    return flavor.flavorid


# --- what is done --------------------------------------------------------------------


class FlavorsController(Controller):
    """``/flavors``."""

    @operation(
        "GET",
        "/flavors",
        query=LIST_QUERY,
        response=Many("flavors", LIST_VIEW, links="flavors_links", marker=_marker),
        errors=(400,),
    )
    def index(self, request: Request) -> list[Flavor]:
        return self._page(request, LIST_VIEW)

    def _page(self, request: Request, view: View) -> list[Flavor]:
        return flavors.page(
            self.backend,
            request.context,
            _filter(request),
            sort_key=request.arg("sort_key") or "flavorid",
            descending=request.arg("sort_dir") == "desc",
            limit=request.page_size,
            marker=request.arg("marker"),
            alone=not request.needs(view),
        )

    @operation(
        "GET",
        "/flavors/detail",
        query=LIST_QUERY,
        response=Many("flavors", VIEW, links="flavors_links", marker=_marker),
        errors=(400,),
    )
    def detail(self, request: Request) -> list[Flavor]:
        return self._prepare(request, self._page(request, VIEW))

    @operation("GET", "/flavors/{id}", query=SHOW_QUERY, response=ONE, errors=(404,))
    def show(self, request: Request, id: str) -> Flavor:
        return self._prepare(request, [flavors.get(self.backend, request.context, id)])[0]

    @operation("POST", "/flavors", policy=CREATE, body=CREATE_BODY, response=ONE, errors=(400, 409))
    def create(self, request: Request) -> Flavor:
        made = flavors.create(self.backend, _new_flavor(request.data["flavor"]))
        return self._prepare(request, [made])[0]

    @operation(
        "PUT",
        "/flavors/{id}",
        since="2.55",
        policy=UPDATE,
        body=UPDATE_BODY,
        response=ONE,
        errors=(400, 404),
    )
    def update(self, request: Request, id: str) -> Flavor:
        description = request.data["flavor"]["description"]
        changed = flavors.describe(self.backend, request.context, id, description)
        return self._prepare(request, [changed])[0]

    @operation("DELETE", "/flavors/{id}", policy=DELETE, status=202, errors=(404,))
    def delete(self, request: Request, id: str) -> None:
        flavors.delete(self.backend, request.context, id)

    def _prepare(self, request: Request, found: list[Flavor]) -> list[Flavor]:
        """Loads what the view shows of all of ``found`` beside their own columns."""
        if "extra_specs" in request.needs(VIEW):
            request.related["extra_specs"] = flavors.extra_specs_of(self.backend, found)
        return found


def _filter(request: Request) -> FlavorFilter:
    context = request.context
    return FlavorFilter(
        is_public=_is_public(request.arg("is_public")) if context.is_admin else True,
        project_id=context.project_id,
        enabled_only=not context.is_admin,
        min_memory_mb=_number(request, "minRam"),
        min_root_gb=_number(request, "minDisk"),
        name=request.arg("name"),
    )


def _is_public(given: str | None) -> bool | None:
    if given is None:
        return True
    if given.strip().lower() == "none":
        return None
    try:
        return bool(strutils.bool_from_string(given, strict=True))
    except ValueError:
        raise exception.Invalid(
            f"Invalid is_public filter [{given}]: it must be a boolean, or none."
        ) from None


def _number(request: Request, name: str) -> int | None:
    given = request.arg(name)
    if given is None:
        return None
    try:
        # Beyond the columns' range every answer is the same, and the database takes no larger number.
        return max(min(int(given), types.MAX_INT), -types.MAX_INT)
    except ValueError:
        raise exception.Invalid(f"Invalid {name} filter [{given}]: it must be a whole number.") from None


def _new_flavor(given: dict[str, Any]) -> NewFlavor:
    flavorid = given.get("id")
    return NewFlavor(
        name=given["name"],
        flavorid=None if flavorid is None else str(flavorid),
        memory_mb=int(given["ram"]),
        vcpus=int(given["vcpus"]),
        root_gb=int(given["disk"]),
        ephemeral_gb=int(given.get("OS-FLV-EXT-DATA:ephemeral", 0)),
        swap=int(given.get("swap", 0)),
        rxtx_factor=float(given.get("rxtx_factor", 1.0)),
        is_public=types.is_true(given.get("os-flavor-access:is_public", True)),
        description=given.get("description"),
    )
