"""``/os-quota-sets``: the limits of a project, or of a user in it, and what is used of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from nova_api.api import policy
from nova_api.api.compute import quota_resources
from nova_api.api.compute.quota_resources import NETWORK, limit_of
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Object, One, Param, Query, QueryParam, View, operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute import quotas
from nova_api.compute.quotas import UNLIMITED

_P = "os_compute_api:os-quota-sets:"
SHOW = policy.rule(_P + "show", policy.READER, "Show the quotas of a project.")
DEFAULTS = policy.rule(_P + "defaults", policy.ANYONE, "Show the default quotas.")
DETAIL = policy.rule(_P + "detail", policy.READER, "Show the quotas of a project and what is used of them.")
UPDATE = policy.rule(_P + "update", policy.ADMIN, "Set the quotas of a project.")
DELETE = policy.rule(_P + "delete", policy.ADMIN, "Go back to the default quotas.")

_NETWORK_LAST = "2.35"

QUERY = Query(QueryParam("user_id", types.STRING), closed_since="2.75")
UPDATE_BODY = wrap("quota_set", Object(Param("force", types.BOOLEAN), *quota_resources.params(_NETWORK_LAST)))


@dataclasses.dataclass(frozen=True)
class QuotaSet:
    """The limits of one project (its id as it was given) and, where that was asked for, what is used.

    Where the driver of quotas does not count, that is shown as -1.
    """

    id: str
    limits: Mapping[str, int]
    used: Mapping[str, int] = dataclasses.field(default_factory=dict)
    counted: bool = True


@dataclasses.dataclass(frozen=True)
class Project:
    """Whom the path names, for the policies; there need be no such project."""

    project_id: str


def _usage(quota_set: QuotaSet, name: str) -> dict[str, int]:
    limit = limit_of(quota_set.limits, name)
    if not quota_set.counted:
        return {"limit": limit, "in_use": UNLIMITED, "reserved": UNLIMITED}
    used = 0 if name in NETWORK else quota_set.used[name]
    # Nothing is reserved: what an accepted request takes counts as used at once.
    return {"limit": limit, "in_use": used, "reserved": 0}


_ID = Field("id", "id", types.STRING)
_LIMITS = tuple(
    quota_resources.fields(
        lambda quota_set, name: limit_of(quota_set.limits, name), {"type": "integer"}, _NETWORK_LAST
    )
)
VIEW = View("quota set", _ID, *_LIMITS)
UPDATED_VIEW = View("quota set (updated)", *_LIMITS)
DETAIL_VIEW = View(
    "quota set in detail", _ID, *quota_resources.fields(_usage, {"type": "object"}, _NETWORK_LAST)
)


class QuotaSetsController(Controller):
    """``/os-quota-sets``."""

    def project(self, request: Request, id: str) -> Project:
        """The target of an operation."""
        del request
        return Project(id)

    @operation(
        "GET",
        "/os-quota-sets/{id}",
        policy=SHOW,
        query=QUERY,
        response=One("quota_set", VIEW),
        loads="project",
        errors=(400,),
    )
    def show(self, request: Request, project: Project) -> QuotaSet:
        limits = quotas.limits_of(self.backend, project.project_id, request.arg("user_id"))
        return QuotaSet(project.project_id, limits)

    @operation(
        "GET",
        "/os-quota-sets/{id}/defaults",
        policy=DEFAULTS,
        response=One("quota_set", VIEW),
        loads="project",
        errors=(400,),
    )
    def defaults(self, request: Request, project: Project) -> QuotaSet:
        del request
        return QuotaSet(project.project_id, quotas.class_limits(self.backend, quotas.DEFAULT_CLASS))

    @operation(
        "GET",
        "/os-quota-sets/{id}/detail",
        policy=DETAIL,
        query=QUERY,
        response=One("quota_set", DETAIL_VIEW),
        loads="project",
        errors=(400,),
    )
    def detail(self, request: Request, project: Project) -> QuotaSet:
        user_id = request.arg("user_id")
        limits = quotas.limits_of(self.backend, project.project_id, user_id)
        used = quotas.used_of(self.backend, project.project_id, user_id)
        return QuotaSet(project.project_id, limits, used, counted=not quotas.is_noop(self.backend.conf))

    @operation(
        "PUT",
        "/os-quota-sets/{id}",
        policy=UPDATE,
        query=QUERY,
        body=UPDATE_BODY,
        response=One("quota_set", UPDATED_VIEW),
        loads="project",
        errors=(400,),
    )
    def update(self, request: Request, project: Project) -> QuotaSet:
        body: dict[str, Any] = request.data["quota_set"]
        limits = quotas.set_limits(
            self.backend,
            project.project_id,
            request.arg("user_id"),
            quota_resources.given(body),
            force=types.is_true(body.get("force")),
        )
        return QuotaSet(project.project_id, limits)

    @operation("DELETE", "/os-quota-sets/{id}", policy=DELETE, query=QUERY, status=202, loads="project")
    def delete(self, request: Request, project: Project) -> None:
        quotas.forget(self.backend, project.project_id, request.arg("user_id"))
