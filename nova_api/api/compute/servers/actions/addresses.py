"""Actions on the addresses of a server (to 2.43; the network service has them all)."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.compute.servers.read import ServerController
from nova_api.api.controller import EMPTY, Reply
from nova_api.api.declare import Object, Param, action, wrap
from nova_api.api.declare.types import IP_ADDRESS
from nova_api.api.request import Request
from nova_api.compute.servers import addresses
from nova_api.db.server_queries import Server

_MULTINIC = "os_compute_api:os-multinic:"
ADD_FIXED = policy.rule(_MULTINIC + "add", policy.MEMBER, "Give a server one more fixed IP.")
REMOVE_FIXED = policy.rule(_MULTINIC + "remove", policy.MEMBER, "Take a fixed IP from a server.")
_FLOATING = "os_compute_api:os-floating-ips:"
ADD_FLOATING = policy.rule(_FLOATING + "add", policy.MEMBER, "Lead a floating IP to a server.")
REMOVE_FLOATING = policy.rule(_FLOATING + "remove", policy.MEMBER, "Take a floating IP from a server.")

LAST = "2.43"
_PATH = "/servers/{id}/action"

_NETWORK_ID = {"type": ["string", "number"], "minLength": 1, "maxLength": 36}
_ADDRESS = Param("address", IP_ADDRESS, required=True)


def _declared(name: str, policy_name: str, *params: Param, errors: tuple[int, ...]) -> dict[str, Any]:
    """What the four have in common.

    All answer 202, also those of floating IPs, for which the contract was read off a
    declaration that the reference's own code overrules; clients refuse a 200.
    """
    return {
        "until": LAST,
        "policy": policy_name,
        "body": wrap(name, Object(*params)),
        "status": 202,
        "loads": "server",
        "errors": errors,
    }


class AddressActionsController(ServerController):
    """Fixed and floating IPs of a server, changed."""

    @action(
        "addFixedIp",
        _PATH,
        **_declared(
            "addFixedIp", ADD_FIXED, Param("networkId", _NETWORK_ID, required=True), errors=(400, 404)
        ),
    )
    def add_fixed(self, request: Request, server: Server) -> None:
        network_id = str(request.data["addFixedIp"]["networkId"])
        addresses.add_fixed(self.backend, request.context, server, network_id)

    @action("removeFixedIp", _PATH, **_declared("removeFixedIp", REMOVE_FIXED, _ADDRESS, errors=(400, 404)))
    def remove_fixed(self, request: Request, server: Server) -> None:
        address = request.data["removeFixedIp"]["address"]
        addresses.remove_fixed(self.backend, request.context, server, address)

    @action(
        "addFloatingIp",
        _PATH,
        **_declared(
            "addFloatingIp",
            ADD_FLOATING,
            _ADDRESS,
            Param("fixed_address", IP_ADDRESS),
            errors=(400, 403, 404),
        ),
    )
    def add_floating(self, request: Request, server: Server) -> Reply:
        asked = request.data["addFloatingIp"]
        addresses.add_floating(
            self.backend, request.context, server, asked["address"], asked.get("fixed_address")
        )
        return Reply(headers=EMPTY)

    @action(
        "removeFloatingIp",
        _PATH,
        **_declared("removeFloatingIp", REMOVE_FLOATING, _ADDRESS, errors=(400, 403, 404, 409)),
    )
    def remove_floating(self, request: Request, server: Server) -> Reply:
        address = request.data["removeFloatingIp"]["address"]
        addresses.remove_floating(self.backend, request.context, server, address)
        return Reply(headers=EMPTY)
