"""``/os-hypervisors``: what the nodes that run servers have, and what runs on them."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.ids import IDS_ARE_UUIDS, checked_uuid, row_id
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Feature, Field, Many, One, Query, QueryParam, View, operation, types
from nova_api.api.declare.types import JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.compute import hypervisors
from nova_api.compute.hypervisors import NO_LOAD, Statistics
from nova_api.db.hypervisors import Guest, Hypervisor, Load
from nova_api.db.nodes import Node

_P = "os_compute_api:os-hypervisors:"
LIST = policy.rule(_P + "list", policy.ADMIN, "List hypervisors.")
DETAIL = policy.rule(_P + "list-detail", policy.ADMIN, "List hypervisors with details.")
STATISTICS = policy.rule(_P + "statistics", policy.ADMIN, "Show what all hypervisors have together.")
SHOW = policy.rule(_P + "show", policy.ADMIN, "Show a hypervisor.")
UPTIME = policy.rule(_P + "uptime", policy.ADMIN, "Show how long a hypervisor has been up.")
SEARCH = policy.rule(_P + "search", policy.ADMIN, "Find hypervisors by a part of their names.")
SERVERS = policy.rule(
    _P + "servers", policy.ADMIN, "List the servers on hypervisors, by a part of their names."
)

#: A hypervisor without servers shows an empty list where servers were asked for.
EMPTY_LIST_SHOWN = Feature(since="2.75")

# --- what may be asked ---------------------------------------------------------------

_PATTERN: JSONSchema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9-._]*$"}
_WITH_SERVERS = QueryParam("with_servers", types.BOOLEAN, since="2.53", single=True)

LIST_QUERY = Query(
    QueryParam("limit", types.NON_NEGATIVE, since="2.33", until="2.52"),
    QueryParam("marker", types.STRING, since="2.33", until="2.52"),
    QueryParam("limit", types.NON_NEGATIVE, since="2.53", single=True),
    QueryParam("marker", types.STRING, since="2.53", single=True),
    QueryParam("hypervisor_hostname_pattern", _PATTERN, since="2.53", single=True),
    _WITH_SERVERS,
    closed_since="2.53",
)
SHOW_QUERY = Query(_WITH_SERVERS, closed_since="2.53")

# --- what is shown ---------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Shown:
    """A hypervisor for a reply: ``marker`` is its id as this version writes it; None is "not asked for"."""

    hypervisor: Hypervisor
    marker: str
    load: Load = NO_LOAD
    guests: list[Guest] | None = None

    @property
    def node(self) -> Node:
        return self.hypervisor.node


_INTEGER: JSONSchema = {"type": "integer"}
_MAYBE = nullable(_INTEGER)
_TEXT = types.STRING
_LAST = "2.87"


def _node(name: str) -> Any:
    return lambda shown, _request: getattr(shown.node, name)


def _state(shown: Shown, request: Request) -> str:
    return "up" if shown.hypervisor.service.is_up(request.backend.conf.service_down_time) else "down"


def _status(shown: Shown, _request: Request) -> str:
    return "disabled" if shown.hypervisor.service.disabled else "enabled"


def _service(shown: Shown, request: Request) -> dict[str, Any]:
    service = shown.hypervisor.service
    key = service.uuid if request.has(IDS_ARE_UUIDS) else service.id
    return {"id": key, "host": service.host, "disabled_reason": service.disabled_reason}


def _servers(shown: Shown, request: Request) -> Any:
    if shown.guests is None or not (shown.guests or request.has(EMPTY_LIST_SHOWN)):
        return OMIT
    template = request.backend.conf.instance_name_template
    return [{"name": template % guest.id, "uuid": guest.uuid} for guest in shown.guests]


_SERVERS_FIELD = Field("servers", _servers, {"type": "array"}, since="2.53", optional=True)

_BASE = (
    Field("id", _node("id"), _INTEGER, until="2.52"),
    Field("id", _node("uuid"), types.UUID, since="2.53"),
    Field("hypervisor_hostname", _node("hypervisor_hostname"), _TEXT),
    Field("state", _state, {"enum": ["up", "down"]}),
    Field("status", _status, {"enum": ["enabled", "disabled"]}),
)
BRIEF = View("hypervisor in list", *_BASE, _SERVERS_FIELD)
FOUND = View("hypervisor found", *_BASE, Field("servers", _servers, {"type": "array"}, optional=True))
WITH_UPTIME = View(
    "hypervisor with uptime", *_BASE, Field("uptime", lambda shown, _request: shown.node.uptime, _TEXT)
)


def _cpu_info_text(shown: Shown, _request: Request) -> str:
    # Not orjson: the text, with its spaces, is a value that clients have compared.
    return json.dumps(shown.node.cpu_info)


def _free(name: str) -> Any:
    """Memory or disk that is neither used nor kept, whatever may be claimed beyond what there is."""

    def get(shown: Shown, request: Request) -> int:
        del request
        node = shown.node
        if name == "ram":
            return node.memory_mb - node.memory_mb_used - node.reserved_memory_mb
        return node.local_gb - node.local_gb_used

    return get


VIEW = View(
    "hypervisor",
    *_BASE,
    _SERVERS_FIELD,
    Field("service", _service, {"type": "object"}),
    Field("host_ip", _node("host_ip"), nullable(_TEXT)),
    Field("hypervisor_type", _node("hypervisor_type"), _TEXT),
    Field("hypervisor_version", _node("hypervisor_version"), _INTEGER),
    Field("cpu_info", _cpu_info_text, _TEXT, until="2.27"),
    Field("cpu_info", _node("cpu_info"), {"type": "object"}, since="2.28", until=_LAST),
    Field("vcpus", _node("vcpus"), _INTEGER, until=_LAST),
    Field("vcpus_used", _node("vcpus_used"), _INTEGER, until=_LAST),
    Field("memory_mb", _node("memory_mb"), _INTEGER, until=_LAST),
    Field(
        "memory_mb_used",
        lambda shown, _request: shown.node.memory_mb_used + shown.node.reserved_memory_mb,
        _INTEGER,
        until=_LAST,
    ),
    Field("free_ram_mb", _free("ram"), _INTEGER, until=_LAST),
    Field("local_gb", _node("local_gb"), _INTEGER, until=_LAST),
    Field("local_gb_used", _node("local_gb_used"), _INTEGER, until=_LAST),
    Field("free_disk_gb", _free("disk"), _INTEGER, until=_LAST),
    Field("disk_available_least", _node("disk_available_least"), _MAYBE, until=_LAST),
    Field("running_vms", lambda shown, _request: shown.load.guests, _INTEGER, until=_LAST, loads="load"),
    Field("current_workload", lambda shown, _request: shown.load.tasks, _INTEGER, until=_LAST, loads="load"),
    Field("uptime", _node("uptime"), nullable(_TEXT), since="2.88"),
)


def _sum(name: str) -> Field:
    return Field(name, name, _INTEGER)


STATISTICS_VIEW = View(
    "hypervisor statistics",
    *map(_sum, ("count", "vcpus", "vcpus_used", "memory_mb", "memory_mb_used", "local_gb", "local_gb_used")),
    Field("free_ram_mb", lambda sums, _request: sums.memory_mb - sums.memory_mb_used, _INTEGER),
    Field("free_disk_gb", lambda sums, _request: sums.local_gb - sums.local_gb_used, _INTEGER),
    Field("disk_available_least", "disk_available_least", _MAYBE),
    Field("running_vms", lambda sums, _request: sums.load.guests, _INTEGER),
    Field("current_workload", lambda sums, _request: sums.load.tasks, _INTEGER),
)


def _listed(view: View) -> Many:
    return Many(
        "hypervisors",
        view,
        links="hypervisors_links",
        marker=lambda shown: shown.marker,
        links_since="2.33",
    )


# --- what is done -------------------------------------------------------------------------


class HypervisorsController(Controller):
    """``/os-hypervisors``."""

    @operation(
        "GET",
        "/os-hypervisors",
        policy=LIST,
        query=LIST_QUERY,
        response=_listed(BRIEF),
        errors=(400, 404),
    )
    def index(self, request: Request) -> list[Shown]:
        return self._shown(request, self._page(request), BRIEF)

    @operation(
        "GET",
        "/os-hypervisors/detail",
        policy=DETAIL,
        query=LIST_QUERY,
        response=_listed(VIEW),
        errors=(400, 404),
    )
    def detail(self, request: Request) -> list[Shown]:
        return self._shown(request, self._page(request), VIEW)

    @operation(
        "GET",
        "/os-hypervisors/statistics",
        until=_LAST,
        policy=STATISTICS,
        response=One("hypervisor_statistics", STATISTICS_VIEW),
    )
    def statistics(self, request: Request) -> Statistics:
        del request
        return hypervisors.statistics(self.backend)

    @operation(
        "GET",
        "/os-hypervisors/{id}",
        policy=SHOW,
        query=SHOW_QUERY,
        response=One("hypervisor", VIEW),
        errors=(400, 404),
    )
    def show(self, request: Request, id: str) -> Shown:
        return self._shown(request, [self._find(request, id)], VIEW)[0]

    @operation(
        "GET",
        "/os-hypervisors/{id}/search",
        until="2.52",
        policy=SEARCH,
        response=Many("hypervisors", FOUND),
        errors=(404,),
    )
    def search(self, request: Request, id: str) -> list[Shown]:
        return self._shown(request, hypervisors.matching(self.backend, id), FOUND)

    @operation(
        "GET",
        "/os-hypervisors/{id}/servers",
        until="2.52",
        policy=SERVERS,
        response=Many("hypervisors", FOUND),
        errors=(404,),
    )
    def servers(self, request: Request, id: str) -> list[Shown]:
        found = hypervisors.matching(self.backend, id)
        return self._shown(request, found, FOUND, with_servers=True)

    @operation(
        "GET",
        "/os-hypervisors/{id}/uptime",
        until=_LAST,
        policy=UPTIME,
        response=One("hypervisor", WITH_UPTIME),
        errors=(400, 404, 501),
    )
    def uptime(self, request: Request, id: str) -> Shown:
        found = self._find(request, id)
        hypervisors.uptime(self.backend, found)
        return self._shown(request, [found], WITH_UPTIME)[0]

    # --- finding them

    def _find(self, request: Request, id: str) -> Hypervisor:
        if request.has(IDS_ARE_UUIDS):
            return hypervisors.get(self.backend, uuid=checked_uuid(id, "hypervisor"))
        number = row_id(id)
        if number is None:
            raise exception.HypervisorNotFound(hypervisor=id)
        return hypervisors.get(self.backend, id=number)

    def _page(self, request: Request) -> list[Hypervisor]:
        pattern, marker = request.arg("hypervisor_hostname_pattern"), request.arg("marker")
        if pattern is not None:
            if marker is not None or request.arg("limit") is not None:
                raise exception.Invalid("Paging over hypervisors that match a pattern is not supported.")
            return hypervisors.matching(self.backend, pattern)
        last = None
        if marker is not None:
            try:
                last = self._find(request, marker)
            except exception.HypervisorNotFound as error:
                raise exception.MarkerInvalid(marker=marker) from error
        return hypervisors.page(self.backend, request.page_size, last)

    def _shown(
        self, request: Request, found: list[Hypervisor], view: View, with_servers: bool = False
    ) -> list[Shown]:
        """What ``view`` needs of ``found``: one statement for each kind, and none for what it hides."""
        asked = with_servers or types.is_true(request.arg("with_servers"))
        guests = hypervisors.guests_on(self.backend, found) if asked else {}
        loads = hypervisors.loads(self.backend, found) if "load" in request.needs(view) else {}
        uuids = request.has(IDS_ARE_UUIDS)
        return [
            Shown(
                hypervisor,
                hypervisor.node.uuid if uuids else str(hypervisor.node.id),
                loads.get(hypervisor.node.hypervisor_hostname, NO_LOAD),
                guests[hypervisor.node.hypervisor_hostname] if asked else None,
            )
            for hypervisor in found
        ]
