"""``/os-tenant-networks`` (to 2.35): the networks a project may boot on, by id and name."""

from __future__ import annotations

from collections.abc import Sequence

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Many, One, Query, View, operation
from nova_api.api.declare.types import STRING, UUID
from nova_api.api.request import Request
from nova_api.neighbours.networks import Network

LAST = "2.35"

_P = "os_compute_api:os-tenant-networks:"
INDEX = policy.rule(_P + "list", policy.READER, "List the networks of one's project (to 2.35).")
SHOW = policy.rule(_P + "show", policy.READER, "Show a network of one's project (to 2.35).")

NETWORK = View(
    "tenant network",
    Field("id", "id", UUID),
    Field("label", "name", STRING),
    # The word, not null: clients have read this text ever since a network may have several ranges.
    Field("cidr", lambda _network, _request: "None", STRING),
)


class TenantNetworksController(Controller):
    """``/os-tenant-networks``."""

    @operation(
        "GET",
        "/os-tenant-networks",
        until=LAST,
        policy=INDEX,
        query=Query(),
        response=Many("networks", NETWORK),
    )
    def index(self, request: Request) -> Sequence[Network]:
        return self.backend.networks.networks_for(request.context)

    @operation(
        "GET",
        "/os-tenant-networks/{id}",
        until=LAST,
        policy=SHOW,
        query=Query(),
        response=One("network", NETWORK),
        errors=(404,),
    )
    def show(self, request: Request, id: str) -> Network:
        return self.backend.networks.show_network(request.context, id)
