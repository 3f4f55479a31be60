"""What a view needs beside the servers' own columns, read with them or once for a whole page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.getters import status
from nova_api.api.declare import View
from nova_api.api.request import Request
from nova_api.compute import states
from nova_api.compute.servers import query as servers
from nova_api.db import server_queries
from nova_api.db.server_parts import PARTS
from nova_api.db.server_queries import Server

#: ``loads`` of fields that are columns of the record, too large or too rare for every page.
_COLUMNS = frozenset({"user_data", "image_properties"})


def parts(request: Request, view: View) -> frozenset[str]:
    """The parts of servers that ``view`` reads for this caller."""
    needs = request.needs(view)
    found = needs & PARTS.keys()
    if "nics" in needs:
        found |= servers.nic_parts(request.backend)
    if "host_service" in needs and not _may_see_host_status(request):
        found -= {"host_service"}
    return found


def columns(request: Request, view: View) -> Collection[str]:
    """The columns of ``servers`` that ``view`` reads for this caller, and the parts."""
    wanted = request.needs(view) & _COLUMNS | parts(request, view)
    return (*server_queries.USUAL, *sorted(wanted))


def load(request: Request, view: View, server: Server) -> None:
    """Gives ``server``, read without them, the parts that ``view`` shows; and ``prepare``."""
    servers.add_parts(request.backend, [server], parts(request, view))
    prepare(request, view, [server])


def prepare(request: Request, view: View, page: Sequence[Server]) -> None:
    """Puts into ``request.related`` everything that ``view``'s getters look for there."""
    backend, needs = request.backend, request.needs(view)
    related = request.related
    related["name_template"] = backend.conf.instance_name_template
    related["default_zone"] = str(backend.conf.default_availability_zone)
    failed = [server.id for server in page if status(server, request) in states.FAULT_STATUSES]
    related["faults"] = {}
    if "faults" in needs and failed:
        with backend.db.reader() as conn:
            related["faults"] = server_queries.faults_of(conn, failed)
    if "host_service" in needs:
        may_see = _may_see_host_status(request)
        related["host_statuses"] = servers.host_statuses(backend, page) if may_see else {}


def _may_see_host_status(request: Request) -> bool:
    # Asked here, because the field's policy is two, and loading is not free.
    return request.allowed(policies.SHOW_HOST_STATUS) or request.allowed(policies.SHOW_HOST_UNKNOWN)
