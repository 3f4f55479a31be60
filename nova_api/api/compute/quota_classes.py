"""``/os-quota-class-sets``: the limits of all projects (class ``default``); other classes are only kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from nova_api.api import policy
from nova_api.api.compute import quota_resources
from nova_api.api.compute.quota_resources import limit_of
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Object, One, Query, View, operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute import quotas

_P = "os_compute_api:os-quota-class-sets:"
SHOW = policy.rule(_P + "show", policy.ADMIN, "Show the quotas of a class.")
UPDATE = policy.rule(_P + "update", policy.ADMIN, "Set the quotas of a class.")

_NETWORK_LAST = "2.49"
#: Requests took them from the beginning; replies had forgotten them.
_SHOWN_LATER = {"server_groups": "2.50", "server_group_members": "2.50"}

UPDATE_BODY = wrap("quota_class_set", Object(*quota_resources.params(_NETWORK_LAST)))


@dataclasses.dataclass(frozen=True)
class QuotaClass:
    """The limits of a class; ``id`` is its name."""

    id: str
    limits: Mapping[str, int]


_LIMITS = tuple(
    quota_resources.fields(
        lambda found, name: limit_of(found.limits, name), {"type": "integer"}, _NETWORK_LAST, _SHOWN_LATER
    )
)
VIEW = View("quota class set", Field("id", "id", types.STRING), *_LIMITS)
UPDATED_VIEW = View("quota class set (updated)", *_LIMITS)


class QuotaClassesController(Controller):
    """``/os-quota-class-sets``."""

    @operation(
        "GET",
        "/os-quota-class-sets/{id}",
        policy=SHOW,
        query=Query(closed_since="2.102"),
        response=One("quota_class_set", VIEW),
    )
    def show(self, request: Request, id: str) -> QuotaClass:
        del request
        return QuotaClass(id, quotas.class_limits(self.backend, id))

    @operation(
        "PUT",
        "/os-quota-class-sets/{id}",
        policy=UPDATE,
        body=UPDATE_BODY,
        response=One("quota_class_set", UPDATED_VIEW),
        errors=(400,),
    )
    def update(self, request: Request, id: str) -> QuotaClass:
        asked = quota_resources.given(request.data["quota_class_set"])
        return QuotaClass(id, quotas.set_class_limits(self.backend, id, asked))
