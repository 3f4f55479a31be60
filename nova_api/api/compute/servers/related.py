"""What a view needs beside the servers' own columns, and is read with them."""

from __future__ import annotations

from collections.abc import Collection

from nova_api.api.compute.servers import policies
from nova_api.api.declare import View
from nova_api.api.request import Request
from nova_api.compute.servers import query as servers
from nova_api.db import server_queries
from nova_api.db.server_parts import PARTS
from nova_api.db.server_queries import Server

#: ``loads`` of fields that are columns of the record, too large or too rare for every page.
_COLUMNS = frozenset({"user_data", "image_properties"})


def parts(request: Request, view: View) -> frozenset[str]:
    """The parts of servers that ``view`` reads for this caller.

    What its getters look for in ``request.related`` is put there.
    """
    backend, needs = request.backend, request.needs(view)
    request.related["name_template"] = backend.conf.instance_name_template
    request.related["default_zone"] = str(backend.conf.default_availability_zone)
    request.related["host_statuses"] = servers.HostStatuses(backend)
    found = needs & PARTS.keys()
    if "nics" in needs:
        found |= servers.nic_parts(backend)
    # Asked here, because the field's policy is two, and reading is not free.
    if not (request.allowed(policies.SHOW_HOST_STATUS) or request.allowed(policies.SHOW_HOST_UNKNOWN)):
        found -= {"host_service"}
    return found


def columns(request: Request, view: View) -> Collection[str]:
    """The columns of ``servers`` that ``view`` reads for this caller, and the parts."""
    wanted = request.needs(view) & _COLUMNS | parts(request, view)
    return (*server_queries.SHOWN, *sorted(wanted))


def load(request: Request, view: View, server: Server) -> None:
    """Gives ``server``, read without them, the parts that ``view`` shows."""
    servers.add_parts(request.backend, [server], parts(request, view))
