"""Action ``createBackup``."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.actions.create_image import (
    ANSWER,
    IMAGE_ID_SHOWN,
    PATH,
    UNCOUNTED_METADATA,
)
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.controller import EMPTY, Reply
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.declare.types import METADATA, NAME, PADDED_NAME, STRING, integer
from nova_api.api.request import Request
from nova_api.compute.servers import snapshot as domain
from nova_api.db.server_queries import Server

CREATE = policy.rule(
    "os_compute_api:os-create-backup", policy.MEMBER, "Make a backup of a server, and drop older ones."
)

BODY = wrap(
    "createBackup",
    Object(
        Param("name", NAME, required=True, legacy=PADDED_NAME),
        Param("backup_type", STRING, required=True),
        Param("rotation", integer(0, empty=True), required=True),
        Param("metadata", METADATA),
    ),
)


class CreateBackupController(ServerController):
    """Makes backups of servers."""

    @action(
        "createBackup",
        PATH,
        policy=CREATE,
        body=BODY,
        returns=ANSWER,
        status=202,
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def create_backup(self, request: Request, server: Server) -> Reply | dict[str, Any]:
        asked = request.data["createBackup"]
        rotation = int(asked["rotation"])
        image_id = domain.create_backup(
            self.backend,
            request.context,
            server,
            asked["name"],
            asked["backup_type"],
            rotation,
            asked.get("metadata", {}),
            counted=not request.has(UNCOUNTED_METADATA),
        )
        if request.has(IMAGE_ID_SHOWN):
            return {"image_id": image_id}
        if rotation == 0:
            # It does not outlive its own making.
            return Reply(headers=EMPTY)
        return Reply(headers={**EMPTY, "Location": f"{request.application_url}/images/{image_id}"})
