"""``/os-console-auth-tokens/{id}``: what a console's token opens, for the proxies that stand in between."""

from __future__ import annotations

from typing import Any

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.servers.actions.consoles import MALFORMED
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Feature, Field, One, Query, View, operation
from nova_api.api.declare.types import STRING, nullable
from nova_api.api.request import Request
from nova_api.compute.servers import consoles
from nova_api.db.console_tokens import Granted

SHOW = policy.rule(
    "os_compute_api:os-console-auth-tokens", policy.ADMIN, "See where a console's token leads."
)

#: Before it, only of a kind of console that is gone.
EVERY_KIND = Feature(since="2.31")


def _tls_port(granted: Granted, _request: Request) -> Any:
    return granted.tls_port if granted.console_type == "spice-direct" else OMIT


CONNECTION = View(
    "console auth token",
    Field("instance_uuid", "server_uuid", STRING),
    Field("host", "host", nullable(STRING)),
    Field("port", "port", {"type": "integer"}),
    Field("tls_port", _tls_port, {"type": ["integer", "null"]}, since="2.99", optional=True),
    Field("internal_access_path", "internal_access_path", nullable(STRING)),
)


class ConsoleAuthTokensController(Controller):
    """``/os-console-auth-tokens``."""

    @operation(
        "GET",
        "/os-console-auth-tokens/{id}",
        policy=SHOW,
        query=Query(closed_since="2.99"),
        response=One("console", CONNECTION),
        errors=(400, 404),
    )
    def show(self, request: Request, id: str) -> Granted:
        if not request.has(EVERY_KIND):
            raise exception.Invalid(MALFORMED)
        return consoles.find_token(self.backend, id)
