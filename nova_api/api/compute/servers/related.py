"""Loads what a view needs beside the servers themselves, once for a whole page."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.getters import status
from nova_api.api.declare import View
from nova_api.api.request import Request
from nova_api.compute import availability_zones, states
from nova_api.compute.servers import query as servers
from nova_api.db import server_queries
from nova_api.db.server_queries import Server

#: ``loads`` of fields that are columns of the record, too large or too rare for every page.
_COLUMNS = frozenset({"user_data", "image_properties"})


def columns(request: Request, view: View) -> Collection[str]:
    """The columns of ``servers`` that ``view`` reads for this caller."""
    return (*server_queries.USUAL, *sorted(request.needs(view) & _COLUMNS))


def load(request: Request, view: View, page: Sequence[Server]) -> None:
    """Puts into ``request.related`` everything that ``view``'s getters look for there."""
    backend, needs = request.backend, request.needs(view)
    related = request.related
    related["name_template"] = backend.conf.instance_name_template
    ids = [server.id for server in page]
    with backend.db.reader() as conn:
        related |= server_queries.related_of(conn, ids, needs & server_queries.RELATED)
        if "zones" in needs:
            related["zones"] = availability_zones.host_zones(conn, backend.conf)
        if "faults" in needs:
            failed = [server.id for server in page if status(server, request) in states.FAULT_STATUSES]
            related["faults"] = server_queries.faults_of(conn, failed) if failed else {}
    if "nics" in needs:
        related["nics"] = servers.nics_of(backend, page) if page else {}
    if "host_statuses" in needs:
        # Asked here, because the field's policy is two, and loading is not free.
        may_see = request.allowed(policies.SHOW_HOST_STATUS) or request.allowed(policies.SHOW_HOST_UNKNOWN)
        related["host_statuses"] = servers.host_statuses(backend, page) if may_see else {}
