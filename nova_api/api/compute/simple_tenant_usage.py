"""``/os-simple-tenant-usage``: what projects have used within a period.

Source: views.md "Simple tenant usage" of the facts.
"""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.quota_sets import Project
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Field, One, Query, QueryParam, View, operation, types
from nova_api.api.declare.types import JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.api.times import micros
from nova_api.compute import usage
from nova_api.compute.usage import Period, ProjectUsage

_P = "os_compute_api:os-simple-tenant-usage:"
SHOW = policy.rule(_P + "show", policy.READER, "Show what a project has used.")
LIST = policy.rule(_P + "list", policy.ADMIN, "List what every project has used.")

# --- what may be asked -------------------------------------------------------------

_SHARED = (
    QueryParam("start", types.STRING),
    QueryParam("end", types.STRING),
    QueryParam("limit", types.NON_NEGATIVE, since="2.40"),
    QueryParam("marker", types.STRING, since="2.40"),
)
LIST_QUERY = Query(*_SHARED, QueryParam("detailed", types.STRING), closed_since="2.75")
SHOW_QUERY = Query(*_SHARED, closed_since="2.75")

#: The forms in which a time may be given, without a zone.
_FORMS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f")


def _time(request: Request, key: str) -> datetime.datetime | None:
    given = request.arg(key)
    if not given:
        return None
    for form in _FORMS:
        try:
            return datetime.datetime.strptime(given, form)
        except ValueError:
            continue
    raise exception.Invalid(f"Datetime is in invalid format: {key} is {given!r}.")


def _period(request: Request) -> Period:
    return usage.period(_time(request, "start"), _time(request, "end"))


# --- what is shown -------------------------------------------------------------------

_MICROS: JSONSchema = {"type": "string", "pattern": r"\.[0-9]{6}$"}
_COUNT: JSONSchema = {"type": "integer", "minimum": 0}
_SUM: JSONSchema = {"type": "number", "minimum": 0}


def _span(name: str) -> Any:
    return lambda server, _request: getattr(server.span, name)


SERVER_VIEW = View(
    "server usage",
    Field("instance_id", _span("uuid"), types.UUID),
    Field("name", _span("name"), types.STRING),
    Field("tenant_id", _span("project_id"), types.STRING),
    Field("hours", "hours", _SUM),
    Field("memory_mb", _span("memory_mb"), _COUNT),
    Field("local_gb", "local_gb", _COUNT),
    Field("vcpus", _span("vcpus"), _COUNT),
    Field("flavor", _span("flavor"), types.STRING),
    Field("started_at", lambda server, _request: micros(server.span.launched_at), _MICROS),
    Field("ended_at", lambda server, _request: micros(server.span.terminated_at), nullable(_MICROS)),
    Field("state", "state", types.STRING),
    Field("uptime", "uptime", _COUNT),
)
_SUMS = (
    Field("tenant_id", "project_id", types.STRING),
    Field("start", lambda project, _request: micros(project.period.start), _MICROS),
    Field("stop", lambda project, _request: micros(project.period.stop), _MICROS),
    Field("total_hours", "hours", _SUM),
    Field("total_vcpus_usage", "vcpu_hours", _SUM),
    Field("total_memory_mb_usage", "memory_mb_hours", _SUM),
    Field("total_local_gb_usage", "local_gb_hours", _SUM),
)
BRIEF = View("project usage", *_SUMS)
DETAILED = View(
    "project usage in detail",
    *_SUMS,
    Field(
        "server_usages",
        lambda project, request: SERVER_VIEW.render(project.servers, request),
        {"type": "array"},
    ),
)


@dataclasses.dataclass(frozen=True)
class Page:
    """Some servers' usage, by project."""

    projects: list[ProjectUsage]
    view: View


def _projects(page: Page, request: Request) -> list[dict[str, Any]]:
    return page.view.render(page.projects, request)


def _project(page: Page, request: Request) -> dict[str, Any]:
    """The only one; an empty object when it has used nothing."""
    return next(iter(_projects(page, request)), {})


def _links(page: Page, request: Request) -> Any:
    """To the page after this one: pages are counted in servers, which a page of projects does not show."""
    shown = [server for project in page.projects for server in project.servers]
    if not shown or len(shown) < request.page_size:
        return OMIT
    return request.next_link(shown[-1].span.uuid)


_LINKS: JSONSchema = {"type": "array"}
LIST_VIEW = View(
    "usage of projects",
    Field("tenant_usages", _projects, {"type": "array"}),
    Field("tenant_usages_links", _links, _LINKS, since="2.40", optional=True),
)
SHOW_VIEW = View(
    "usage of a project",
    Field("tenant_usage", _project, {"type": "object"}),
    Field("tenant_usage_links", _links, _LINKS, since="2.40", optional=True),
)

# --- what is done ----------------------------------------------------------------------


class SimpleTenantUsageController(Controller):
    """``/os-simple-tenant-usage``."""

    def project(self, request: Request, id: str) -> Project:
        """The target of an operation."""
        del request
        return Project(id)

    @operation(
        "GET",
        "/os-simple-tenant-usage",
        policy=LIST,
        query=LIST_QUERY,
        response=One(None, LIST_VIEW),
        errors=(400,),
    )
    def index(self, request: Request) -> Page:
        found = usage.page(self.backend, _period(request), request.page_size, request.arg("marker"))
        return Page(found, DETAILED if request.arg("detailed") == "1" else BRIEF)

    @operation(
        "GET",
        "/os-simple-tenant-usage/{id}",
        policy=SHOW,
        query=SHOW_QUERY,
        response=One(None, SHOW_VIEW),
        loads="project",
        errors=(400,),
    )
    def show(self, request: Request, project: Project) -> Page:
        limit, marker = request.page_size, request.arg("marker")
        found = usage.page(self.backend, _period(request), limit, marker, project.project_id)
        return Page(found, DETAILED)
