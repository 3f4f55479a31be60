"""The router of the networking API; its errors name their kind."""

from __future__ import annotations

from typing import ClassVar

import orjson
import webob

from nova_api import exception
from nova_api.api.controller import Controller
from nova_api.api.neighbour import NeighbourRouter
from nova_api.api.network.documents import Documents
from nova_api.api.network.floating_ips import FloatingIPs
from nova_api.api.network.networks import Networks
from nova_api.api.network.ports import Ports
from nova_api.api.network.quotas import NetworkQuotas
from nova_api.api.network.routers import Routers
from nova_api.api.network.security_groups import SecurityGroups
from nova_api.api.network.security_rules import SecurityGroupRules
from nova_api.api.network.subnets import Subnets
from nova_api.api.network.tags import NetworkTags
from nova_api.api.request import Request


class NetworkRouter(NeighbourRouter):
    """Behind the filter that says who asks."""

    CONTROLLERS: ClassVar[tuple[type[Controller], ...]] = (
        Documents,
        Networks,
        Subnets,
        Ports,
        SecurityGroups,
        SecurityGroupRules,
        FloatingIPs,
        Routers,
        NetworkTags,
        NetworkQuotas,
    )

    def path_of(self, request: Request) -> str:
        """Some clients write ``.json`` at the end."""
        return super().path_of(request).removesuffix(".json")

    def error_response(self, request: Request, error: Exception) -> webob.Response | None:
        if isinstance(error, exception.OverQuota):
            # A conflict to this API; to the compute API it is forbidden.
            response: webob.Response | None = self.fault_response(409, str(error))
        else:
            response = super().error_response(request, error)
        if response is not None:
            fault = {"type": type(error).__name__, "message": str(error), "detail": ""}
            response.body = orjson.dumps({"NeutronError": fault})
        return response

    def fault_response(self, status: int, message: str, retry_after: int | None = None) -> webob.Response:
        fault = {"type": f"HTTP{status}", "message": message, "detail": ""}
        response = webob.Response(
            status=status,
            body=orjson.dumps({"NeutronError": fault}),
            content_type="application/json",
            charset=None,
        )
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response
