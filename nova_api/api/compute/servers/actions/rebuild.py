"""Action ``rebuild``."""

from __future__ import annotations

from nova_api.api.compute.servers import params, policies, related, views
from nova_api.api.compute.servers.actions.create_image import PATH
from nova_api.api.compute.servers.create import files_of
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.compute.servers.update import change_of
from nova_api.api.controller import Reply
from nova_api.api.declare import Feature, Object, One, Param, action, wrap
from nova_api.api.declare.types import (
    BOOLEAN,
    IPV4,
    IPV6,
    METADATA,
    NAME,
    PADDED_NAME,
    STRING,
    UUID,
    is_true,
    nullable,
)
from nova_api.api.request import Request
from nova_api.compute.servers import rebuild as domain
from nova_api.compute.servers.update import UNCHANGED
from nova_api.db.server_queries import Server

#: A root volume may get another image.
REIMAGE = Feature(since="2.93")

BODY = wrap(
    "rebuild",
    Object(
        Param("imageRef", UUID, required=True),
        Param("name", NAME, legacy=PADDED_NAME),
        Param("description", params.DESCRIPTION, since="2.19"),
        Param("hostname", params.HOSTNAME, since="2.90", until="2.93"),
        Param("hostname", params.FQDN, since="2.94"),
        Param("adminPass", STRING),
        Param("accessIPv4", IPV4),
        Param("accessIPv6", IPV6),
        Param("OS-DCF:diskConfig", params.DISK_CONFIG),
        Param("metadata", METADATA),
        Param("personality", params.PERSONALITY, until="2.56"),
        Param("preserve_ephemeral", BOOLEAN),
        Param("key_name", {"type": ["string", "null"], "minLength": 1, "maxLength": 255}, since="2.54"),
        Param("user_data", nullable(params.USER_DATA), since="2.57"),
        Param("trusted_image_certificates", params.TRUSTED_CERTIFICATES, since="2.63"),
    ),
)


class RebuildController(ServerController):
    """Makes servers anew."""

    @action(
        "rebuild",
        PATH,
        policy=policies.REBUILD,
        body=BODY,
        response=One("server", views.REBUILD),
        status=202,
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def rebuild(self, request: Request, server: Server) -> Reply:
        if request.data["rebuild"].get("trusted_image_certificates"):
            request.authorize(policies.REBUILD_TRUSTED_CERTS)
        rebuilt, password = domain.rebuild(self.backend, request.context, server, asked_of(request))
        related.load(request, views.REBUILD, rebuilt)
        request.related["admin_password"] = password
        return Reply(rebuilt, headers={"Location": request.self_link("servers", rebuilt.uuid)})


def asked_of(request: Request) -> domain.Rebuild:
    """The request in the domain's words; raises Invalid."""
    asked = request.data["rebuild"]
    return domain.Rebuild(
        image_id=asked["imageRef"],
        change=change_of(asked),
        admin_password=asked.get("adminPass"),
        replaced_metadata=asked.get("metadata"),
        files=files_of(asked),
        preserve_ephemeral=is_true(asked.get("preserve_ephemeral")),
        key_name=asked.get("key_name", UNCHANGED),
        user_data=asked.get("user_data", UNCHANGED),
        trusted_certs=asked.get("trusted_image_certificates", UNCHANGED),
        zero_disk_allowed=request.allowed(policies.CREATE_ZERO_DISK),
        reimage_allowed=request.has(REIMAGE),
    )
