"""``/servers/{server_id}/tags`` (from 2.26): labels of a server."""

from __future__ import annotations

import re
from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.controller import Controller, Reply
from nova_api.api.declare import Object, Param, Query, operation
from nova_api.api.declare.types import NULL, TAG, TAGS
from nova_api.api.request import Request
from nova_api.compute.servers import tags
from nova_api.db.server_queries import Server

_P = "os_compute_api:os-server-tags:"
INDEX = policy.rule(_P + "index", policy.READER, "List a server's tags.")
SHOW = policy.rule(_P + "show", policy.READER, "Ask whether a server has a tag.")
UPDATE = policy.rule(_P + "update", policy.MEMBER, "Add a tag to a server.")
UPDATE_ALL = policy.rule(_P + "update_all", policy.MEMBER, "Replace a server's tags.")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Remove a tag from a server.")
DELETE_ALL = policy.rule(_P + "delete_all", policy.MEMBER, "Remove every tag from a server.")

FIRST = "2.26"
QUERY = Query()
TAGS_BODY = Object(Param("tags", TAGS, required=True))

_ALL = "/servers/{server_id}/tags"
_ONE = "/servers/{server_id}/tags/{id}"
_SHAPE = re.compile(TAG["pattern"])


class ServerTagsController(Controller):
    """``/servers/{server_id}/tags``."""

    def server(self, _request: Request, server_id: str) -> Server:
        """Whosever it is: who may not see its tags hears 403."""
        return tags.find_server(self.backend, server_id)

    @operation(
        "GET", _ALL, since=FIRST, policy=INDEX, query=QUERY, returns=TAGS_BODY, loads="server", errors=(404,)
    )
    def index(self, request: Request, server: Server) -> Any:
        del request
        return {"tags": tags.show(self.backend, server)}

    @operation("GET", _ONE, since=FIRST, policy=SHOW, query=QUERY, status=204, loads="server", errors=(404,))
    def show(self, request: Request, server: Server, id: str) -> None:
        del request
        if id not in tags.show(self.backend, server):
            raise exception.TagNotFound(server_id=server.uuid, tag=id)

    @operation(
        "PUT",
        _ALL,
        since=FIRST,
        policy=UPDATE_ALL,
        body=TAGS_BODY,
        returns=TAGS_BODY,
        loads="server",
        errors=(404, 409),
    )
    def update_all(self, request: Request, server: Server) -> Any:
        given = request.data["tags"]
        return {"tags": tags.replace(self.backend, request.context, server, given)}

    @operation(
        "PUT",
        _ONE,
        since=FIRST,
        policy=UPDATE,
        body=NULL,
        status=201,
        also=(204,),
        loads="server",
        errors=(400, 404, 409),
    )
    def update(self, request: Request, server: Server, id: str) -> Reply:
        if not (TAG["minLength"] <= len(id) <= TAG["maxLength"] and _SHAPE.search(id)):
            raise exception.Invalid(f"Tag {id!r} is invalid: up to 60 characters, without ',' and '/'.")
        if not tags.add(self.backend, request.context, server, id):
            return Reply(status=204)
        return Reply(headers={"Location": request.self_link("servers", server.uuid, "tags", id)})

    @operation("DELETE", _ONE, since=FIRST, policy=DELETE, status=204, loads="server", errors=(404, 409))
    def delete(self, request: Request, server: Server, id: str) -> None:
        tags.delete(self.backend, request.context, server, id)

    @operation("DELETE", _ALL, since=FIRST, policy=DELETE_ALL, status=204, loads="server", errors=(404, 409))
    def delete_all(self, request: Request, server: Server) -> None:
        tags.delete_all(self.backend, request.context, server)
