"""``/os-networks`` (to 2.35): the networks a project may boot on, in the form of nova's own network service.

Of that service's attributes a network keeps its id and name; the others are
null, as they have been since the network service is another one.
Source: views.md "Network" of the facts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import OMIT, Field, Many, One, Query, View, operation
from nova_api.api.declare.types import STRING, JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.neighbours.networks import Network

LAST = "2.35"

INDEX = policy.rule("os_compute_api:os-networks:list", policy.READER, "List networks (to 2.35).")
SHOW = policy.rule("os_compute_api:os-networks:show", policy.READER, "Show a network (to 2.35).")

_FOR_ALL = "broadcast cidr cidr_v6 dns1 dns2 gateway gateway_v6 netmask netmask_v6"
_FOR_ADMINISTRATORS = (
    "bridge bridge_interface created_at deleted deleted_at dhcp_server dhcp_start enable_dhcp host injected"
    " mtu multi_host priority project_id rxtx_base share_address updated_at vlan vpn_private_address"
    " vpn_public_address vpn_public_port"
)
_NUMBERS = frozenset({"mtu", "vpn_public_port"})


def _type(name: str) -> JSONSchema:
    return nullable({"type": "integer"} if name in _NUMBERS else STRING)


def _null(_network: Network, _request: Request) -> None:
    return None


def _null_for_administrators(_network: Network, request: Request) -> Any:
    # No policy stands for it: the contract ties these keys to the role alone.
    return None if request.context.is_admin else OMIT


NETWORK = View(
    "network of old",
    Field("id", "id", STRING),
    Field("label", "name", STRING),
    *(Field(name, _null, _type(name)) for name in _FOR_ALL.split()),
    *(
        Field(name, _null_for_administrators, _type(name), optional=True)
        for name in _FOR_ADMINISTRATORS.split()
    ),
)


class NetworksController(Controller):
    """``/os-networks``."""

    @operation(
        "GET", "/os-networks", until=LAST, policy=INDEX, query=Query(), response=Many("networks", NETWORK)
    )
    def index(self, request: Request) -> Sequence[Network]:
        return self.backend.networks.networks_for(request.context)

    @operation(
        "GET",
        "/os-networks/{id}",
        until=LAST,
        policy=SHOW,
        query=Query(),
        response=One("network", NETWORK),
        errors=(404,),
    )
    def show(self, request: Request, id: str) -> Network:
        return self.backend.networks.show_network(request.context, id)
