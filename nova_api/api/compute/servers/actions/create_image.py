"""Action ``createImage``."""

from __future__ import annotations

from typing import Any

from nova_api.api.compute.servers import policies
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.controller import EMPTY, Reply
from nova_api.api.declare import Feature, Object, Param, action, wrap
from nova_api.api.declare.types import METADATA, NAME, STRING
from nova_api.api.request import Request
from nova_api.compute.servers import snapshot as domain
from nova_api.db.server_queries import Server

PATH = "/servers/{id}/action"

#: The reply says which image; before, its Location header did.
IMAGE_ID_SHOWN = Feature(since="2.45")
#: How much metadata an image may have is the image service's business.
UNCOUNTED_METADATA = Feature(since="2.39")

BODY = wrap("createImage", Object(Param("name", NAME, required=True), Param("metadata", METADATA)))


#: Before, the Location header alone names the image.
ANSWER = Object(Param("image_id", STRING, since="2.45", required=True))


class CreateImageController(ServerController):
    """Makes images of servers."""

    @action(
        "createImage",
        PATH,
        policy=policies.CREATE_IMAGE,
        body=BODY,
        returns=ANSWER,
        status=202,
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def create_image(self, request: Request, server: Server) -> Reply | dict[str, Any]:
        if server.image_id is None:
            request.authorize(policies.CREATE_IMAGE_VOLUME_BACKED)
        asked = request.data["createImage"]
        image_id = domain.create_image(
            self.backend,
            request.context,
            server,
            asked["name"],
            asked.get("metadata", {}),
            counted=not request.has(UNCOUNTED_METADATA),
        )
        if request.has(IMAGE_ID_SHOWN):
            return {"image_id": image_id}
        return Reply(headers={**EMPTY, "Location": request.image_link(image_id)})
