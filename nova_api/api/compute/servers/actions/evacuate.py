"""Action ``evacuate``: a server is made anew elsewhere, because its host is dead."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.servers.actions.create_image import PATH
from nova_api.api.compute.servers.params import HOST
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.declare import OMIT, Feature, Field, Object, One, Param, View, action, wrap
from nova_api.api.declare.types import BOOLEAN, STRING, is_true, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import evacuate as domain
from nova_api.compute.servers import names
from nova_api.db.server_queries import Server

EVACUATE = policy.rule("os_compute_api:os-evacuate", policy.ADMIN, "Evacuate a server from a dead host.")

#: The reply shows the password, and the caller says whether its disk survives.
PASSWORD_SHOWN = Feature(until="2.13")
#: Nobody knows what the dead host did to the disk: an administrator starts the server.
ENDS_STOPPED = Feature(since="2.95")

BODY = wrap(
    "evacuate",
    Object(
        Param("host", HOST),
        Param("adminPass", STRING),
        Param("onSharedStorage", BOOLEAN, until="2.13", required=True),
        Param("force", BOOLEAN, since="2.29", until="2.67"),
    ),
)


def _password(shown: dict[str, Any], request: Request) -> Any:
    return shown["password"] if request.backend.conf.enable_instance_password else OMIT


VIEW = View("evacuated server", Field("adminPass", _password, nullable(STRING), until="2.13", optional=True))


class EvacuateController(ServerController):
    """Rescues servers from dead hosts."""

    @action(
        "evacuate",
        PATH,
        policy=EVACUATE,
        body=BODY,
        response=One(None, VIEW),
        loads="server",
        errors=(400, 403, 404, 409),
    )
    def evacuate(self, request: Request, server: Server) -> dict[str, Any] | None:
        asked = request.data["evacuate"]
        password = self._password(asked)
        domain.evacuate(
            self.backend,
            request.context,
            server,
            asked.get("host"),
            force=is_true(asked.get("force")),
            admin_password=password,
            ends_stopped=request.has(ENDS_STOPPED),
        )
        return {"password": password} if request.has(PASSWORD_SHOWN) else None

    def _password(self, asked: dict[str, Any]) -> str | None:
        """The one given, or a new one; none for a disk that survives, whose own one stays."""
        given: str | None = asked.get("adminPass")
        if is_true(asked.get("onSharedStorage")):
            if given:
                raise exception.Invalid("admin password can't be changed on existing disk")
            return None
        return given or names.password(self.backend.conf.password_length)
