"""``/os-floating-ip-pools`` (to 2.35): the external networks, by name."""

from __future__ import annotations

from collections.abc import Sequence

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Many, Query, View, operation
from nova_api.api.declare.types import STRING
from nova_api.api.request import Request
from nova_api.compute.floating_ips import pool_name
from nova_api.neighbours.networks import Network

INDEX = policy.rule("os_compute_api:os-floating-ip-pools", policy.ANYONE, "List floating IP pools (to 2.35).")

POOL = View("floating IP pool", Field("name", lambda network, _request: pool_name(network), STRING))


class FloatingIpPoolsController(Controller):
    """``/os-floating-ip-pools``."""

    @operation(
        "GET",
        "/os-floating-ip-pools",
        until="2.35",
        policy=INDEX,
        query=Query(),
        response=Many("floating_ip_pools", POOL),
    )
    def index(self, request: Request) -> Sequence[Network]:
        return self.backend.networks.external_networks(request.context)
