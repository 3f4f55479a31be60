"""``/servers/{server_id}/metadata``: what users attach to a server, as key and value."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import Query, operation, types, wrap
from nova_api.api.request import Request
from nova_api.compute.servers import metadata
from nova_api.db.server_queries import Server

_P = "os_compute_api:server-metadata:"
INDEX = policy.rule(_P + "index", policy.READER, "List a server's metadata.")
SHOW = policy.rule(_P + "show", policy.READER, "Show one item of a server's metadata.")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Add to a server's metadata.")
UPDATE_ALL = policy.rule(_P + "update_all", policy.MEMBER, "Replace a server's metadata.")
UPDATE = policy.rule(_P + "update", policy.MEMBER, "Change one item of a server's metadata.")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Remove one item of a server's metadata.")

QUERY = Query(closed_since="2.102")
METADATA_BODY = wrap("metadata", types.METADATA)
META_BODY = wrap("meta", types.METADATA | {"minProperties": 1, "maxProperties": 1})

_ALL = "/servers/{server_id}/metadata"
_ONE = "/servers/{server_id}/metadata/{id}"
_WRITE_ERRORS = (403, 404, 409)


class ServerMetadataController(ServerController):
    """``/servers/{server_id}/metadata``."""

    @operation("GET", _ALL, returns=METADATA_BODY, policy=INDEX, query=QUERY, loads="server", errors=(404,))
    def index(self, request: Request, server: Server) -> Any:
        del request
        return {"metadata": metadata.show(self.backend, server)}

    @operation("GET", _ONE, returns=META_BODY, policy=SHOW, query=QUERY, loads="server", errors=(404,))
    def show(self, request: Request, server: Server, id: str) -> Any:
        del request
        items = metadata.show(self.backend, server)
        if id not in items:
            raise exception.MetadataNotFound(server_id=server.uuid, key=id)
        return {"meta": {id: items[id]}}

    @operation(
        "POST",
        _ALL,
        policy=CREATE,
        body=METADATA_BODY,
        returns=METADATA_BODY,
        loads="server",
        errors=_WRITE_ERRORS,
    )
    def create(self, request: Request, server: Server) -> Any:
        items = request.data["metadata"]
        return {"metadata": metadata.merge(self.backend, request.context, server, items)}

    @operation(
        "PUT",
        _ALL,
        policy=UPDATE_ALL,
        body=METADATA_BODY,
        returns=METADATA_BODY,
        loads="server",
        errors=_WRITE_ERRORS,
    )
    def update_all(self, request: Request, server: Server) -> Any:
        items = request.data["metadata"]
        return {"metadata": metadata.replace(self.backend, request.context, server, items)}

    @operation(
        "PUT",
        _ONE,
        policy=UPDATE,
        body=META_BODY,
        returns=META_BODY,
        loads="server",
        errors=(400, *_WRITE_ERRORS),
    )
    def update(self, request: Request, server: Server, id: str) -> Any:
        item = request.data["meta"]
        if id not in item:
            raise exception.Invalid(f"Request body and URI mismatch: the body has no key {id!r}.")
        metadata.merge(self.backend, request.context, server, item)
        return {"meta": item}

    @operation("DELETE", _ONE, policy=DELETE, status=204, loads="server", errors=(404, 409))
    def delete(self, request: Request, server: Server, id: str) -> None:
        metadata.delete(self.backend, request.context, server, id)
