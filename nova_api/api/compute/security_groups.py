"""``/os-security-groups`` (to 2.35): the security groups of one's project."""

from __future__ import annotations

from collections.abc import Sequence

from oslo_utils import strutils

from nova_api.api import policy
from nova_api.api.compute.server_security_groups import SECURITY_GROUP
from nova_api.api.controller import Controller
from nova_api.api.declare import Many, Object, One, Param, Query, QueryParam, operation
from nova_api.api.declare.types import MAX_INT, NON_NEGATIVE, STRING, JSONSchema
from nova_api.api.request import Request
from nova_api.compute import security_groups
from nova_api.compute.servers.security_groups import named_by
from nova_api.neighbours.networks.interface import SecurityGroup

LAST = "2.35"

_P = "os_compute_api:os-security-groups:"
INDEX = policy.rule(_P + "get", policy.READER, "List the security groups of one's project (to 2.35).")
SHOW = policy.rule(_P + "show", policy.READER, "Show a security group (to 2.35).")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Create a security group (to 2.35).")
UPDATE = policy.rule(_P + "update", policy.MEMBER, "Rename or describe a security group (to 2.35).")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Delete a security group (to 2.35).")

_LIST_QUERY = Query(
    QueryParam("all_tenants", STRING), QueryParam("limit", NON_NEGATIVE), QueryParam("offset", NON_NEGATIVE)
)
_TEXT: JSONSchema = {"type": "string", "minLength": 0, "maxLength": 255}
_GROUP = Object(Param("name", _TEXT, required=True), Param("description", _TEXT, required=True), extra=True)
# Unknown keys are let pass here at every version.
_BODY = Object(Param("security_group", _GROUP, required=True), extra=True)
ONE = One("security_group", SECURITY_GROUP)


class SecurityGroupsController(Controller):
    """``/os-security-groups``; what a project may see is for the network service to say."""

    @operation(
        "GET",
        "/os-security-groups",
        until=LAST,
        policy=INDEX,
        query=_LIST_QUERY,
        response=Many("security_groups", SECURITY_GROUP),
        errors=(404,),
    )
    def index(self, request: Request) -> Sequence[SecurityGroup]:
        asked = request.arg("all_tenants")
        found = self.backend.networks.security_groups(
            request.context,
            everybodys=asked is not None and strutils.bool_from_string(asked, default=True),
            offset=min(int(request.arg("offset") or 0), MAX_INT),
            # A limit of 0 stands for the default here.
            limit=request.page_size or request.max_limit,
        )
        return self._with_sources(request, found)

    @operation(
        "GET",
        "/os-security-groups/{id}",
        until=LAST,
        policy=SHOW,
        query=Query(),
        response=ONE,
        errors=(400, 404),
    )
    def show(self, request: Request, id: str) -> SecurityGroup:
        return self._with_sources(request, [security_groups.show(self.backend, request.context, id)])[0]

    @operation(
        "POST",
        "/os-security-groups",
        until=LAST,
        policy=CREATE,
        body=_BODY,
        response=ONE,
        errors=(400, 403),
    )
    def create(self, request: Request) -> SecurityGroup:
        asked = request.data["security_group"]
        made = security_groups.create(self.backend, request.context, asked["name"], asked["description"])
        return self._with_sources(request, [made])[0]

    @operation(
        "PUT",
        "/os-security-groups/{id}",
        until=LAST,
        policy=UPDATE,
        body=_BODY,
        response=ONE,
        errors=(400, 404),
    )
    def update(self, request: Request, id: str) -> SecurityGroup:
        asked = request.data["security_group"]
        changed = security_groups.update(
            self.backend, request.context, id, asked["name"], asked["description"]
        )
        return self._with_sources(request, [changed])[0]

    @operation("DELETE", "/os-security-groups/{id}", until=LAST, policy=DELETE, status=202, errors=(400, 404))
    def delete(self, request: Request, id: str) -> None:
        security_groups.delete(self.backend, request.context, id)

    def _with_sources(self, request: Request, groups: Sequence[SecurityGroup]) -> Sequence[SecurityGroup]:
        """``groups``, with the groups that their rules name at hand for the view."""
        request.related["groups"] = named_by(self.backend, request.context, groups)
        return groups
