"""``/os-floating-ips`` (to 2.35): the floating IPs of one's project.

Source: views.md "Floating IP" of the facts.
"""

from __future__ import annotations

from nova_api.api import policy
from nova_api.api.controller import Controller
from nova_api.api.declare import Field, Many, One, Query, View, operation
from nova_api.api.declare.types import STRING, UUID, JSONSchema, nullable
from nova_api.api.request import Request
from nova_api.compute import floating_ips
from nova_api.compute.floating_ips import Led

LAST = "2.35"

_P = "os_compute_api:os-floating-ips:"
INDEX = policy.rule(_P + "list", policy.READER, "List the floating IPs of one's project (to 2.35).")
SHOW = policy.rule(_P + "show", policy.READER, "Show a floating IP (to 2.35).")
CREATE = policy.rule(_P + "create", policy.MEMBER, "Take a floating IP from a pool (to 2.35).")
DELETE = policy.rule(_P + "delete", policy.MEMBER, "Give a floating IP back (to 2.35).")

#: The one body of the API that may be absent.
_CREATE: JSONSchema = {"type": ["object", "null"], "properties": {"pool": nullable(STRING)}}

FLOATING_IP = View(
    "floating IP of old",
    Field("id", lambda led, _request: led.floating.id, UUID),
    Field("ip", lambda led, _request: led.floating.address, STRING),
    Field("fixed_ip", lambda led, _request: led.floating.fixed_address, nullable(STRING)),
    Field("instance_id", "server_id", nullable(UUID)),
    Field("pool", "pool", STRING),
)
ONE = One("floating_ip", FLOATING_IP)


class FloatingIpsController(Controller):
    """``/os-floating-ips``; what a project may see is for the network service to say."""

    @operation(
        "GET",
        "/os-floating-ips",
        until=LAST,
        policy=INDEX,
        query=Query(),
        response=Many("floating_ips", FLOATING_IP),
    )
    def index(self, request: Request) -> list[Led]:
        return floating_ips.page(self.backend, request.context)

    @operation(
        "GET",
        "/os-floating-ips/{id}",
        until=LAST,
        policy=SHOW,
        query=Query(),
        response=ONE,
        errors=(400, 404),
    )
    def show(self, request: Request, id: str) -> Led:
        return floating_ips.show(self.backend, request.context, id)

    @operation(
        "POST",
        "/os-floating-ips",
        until=LAST,
        policy=CREATE,
        body=_CREATE,
        response=ONE,
        errors=(400, 403, 404),
    )
    def create(self, request: Request) -> Led:
        pool = (request.data or {}).get("pool")
        return floating_ips.create(self.backend, request.context, pool)

    @operation(
        "DELETE",
        "/os-floating-ips/{id}",
        until=LAST,
        policy=DELETE,
        status=202,
        errors=(400, 403, 404, 409),
    )
    def delete(self, request: Request, id: str) -> None:
        floating_ips.delete(self.backend, request.context, id)
