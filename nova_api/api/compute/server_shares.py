"""``/servers/{server_id}/shares`` (from 2.97): shared file systems of a server."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Field, Many, Object, One, Param, Query, View, operation, wrap
from nova_api.api.declare.types import STRING, UUID
from nova_api.api.request import Request
from nova_api.compute import states
from nova_api.compute.servers import shares, tags
from nova_api.db import server_shares
from nova_api.db.server_queries import Server
from nova_api.db.server_shares import ServerShare

_P = "os_compute_api:os-server-shares:"
INDEX = policy.rule(_P + "index", policy.READER, "List the shares of a server.")
SHOW = policy.rule(_P + "show", policy.READER, "Show a share of a server.")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Give a server a share.")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Take a share from a server.")

FIRST = "2.97"
QUERY = Query(closed_since=FIRST)
_ALL = "/servers/{server_id}/shares"
_ONE = "/servers/{server_id}/shares/{id}"

_TAG = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9-]*$"}
BODY = wrap("share", Object(Param("share_id", UUID, required=True), Param("tag", _TAG)))


def _status(share: ServerShare, request: Request) -> str:
    """What is attached is mounted exactly while the server runs."""
    server: Server = request.related["server"]
    if share.status == server_shares.INACTIVE and server.vm_state == states.ACTIVE:
        return server_shares.ACTIVE
    return share.status


ITEM = View(
    "share of a list",
    Field("share_id", "share_id", STRING),
    Field("status", _status, STRING, loads="server"),
    Field("tag", "tag", STRING),
)


def _for_admins(name: str) -> Any:
    """Where it comes from is for administrators, on whatever policy lets others in."""
    return lambda share, request: getattr(share, name) if request.context.is_admin else OMIT


SHARE = View(
    "share",
    *ITEM.fields,
    Field("uuid", _for_admins("uuid"), STRING, optional=True),
    Field("export_location", _for_admins("export_location"), STRING, optional=True),
)


class ServerSharesController(Controller):
    """``/servers/{server_id}/shares``."""

    def server(self, request: Request, server_id: str) -> Server:
        """Whosever it is: who may not see its shares hears 403."""
        found = tags.find_server(self.backend, server_id)
        request.related["server"] = found
        return found

    @operation(
        "GET",
        _ALL,
        since=FIRST,
        policy=INDEX,
        query=QUERY,
        response=Many("shares", ITEM),
        loads="server",
        errors=(400, 403, 404),
    )
    def index(self, request: Request, server: Server) -> Any:
        del request
        return shares.index(self.backend, server)

    @operation(
        "GET",
        _ONE,
        since=FIRST,
        policy=SHOW,
        query=QUERY,
        response=One("share", SHARE),
        loads="server",
        errors=(400, 403, 404),
    )
    def show(self, request: Request, server: Server, id: str) -> ServerShare:
        del request
        return shares.show(self.backend, server, id)

    @operation(
        "POST",
        _ALL,
        since=FIRST,
        policy=CREATE,
        body=BODY,
        response=One("share", SHARE),
        status=201,
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def create(self, request: Request, server: Server) -> ServerShare:
        asked = request.data["share"]
        return shares.attach(self.backend, request.context, server, asked["share_id"], asked.get("tag"))

    @operation(
        "DELETE", _ONE, since=FIRST, policy=DELETE, status=200, loads="server", errors=(400, 403, 404, 409)
    )
    def delete(self, request: Request, server: Server, id: str) -> None:
        shares.detach(self.backend, request.context, server, id)
