"""``/os-baremetal-nodes`` (to 2.35): once a window to the bare metal service, which this cloud has not got.

Who reads is told so (501, which the contract has for it, and not an empty
list that would pass for a service without nodes); who would change something
is sent to the bare metal service's own API (400), as everywhere.
"""

from __future__ import annotations

from typing import Any, NoReturn

from nova_api import exception
from nova_api.api import policy
from nova_api.api.compute.rows import Row, declare
from nova_api.api.controller import Controller
from nova_api.api.declare import Query, operation
from nova_api.api.request import Request

LAST = "2.35"

_P = "os_compute_api:os-baremetal-nodes:"
INDEX = policy.rule(_P + "list", policy.ADMIN, "List bare metal nodes (to 2.35).")
SHOW = policy.rule(_P + "show", policy.ADMIN, "Show a bare metal node (to 2.35).")

_CHANGES = (
    Row("POST", "/os-baremetal-nodes", until=LAST),
    Row("DELETE", "/os-baremetal-nodes/{id}", until=LAST),
    Row("POST", "/os-baremetal-nodes/{id}/action", actions="add_interface remove_interface", until=LAST),
)


class BaremetalNodesController(Controller):
    """``/os-baremetal-nodes``."""

    @operation(
        "GET", "/os-baremetal-nodes", until=LAST, policy=INDEX, query=Query(), status=501, errors=(404,)
    )
    def index(self, request: Request) -> NoReturn:
        del request
        raise exception.NoBareMetal()

    @operation(
        "GET", "/os-baremetal-nodes/{id}", until=LAST, policy=SHOW, query=Query(), status=501, errors=(404,)
    )
    def show(self, request: Request, id: str) -> NoReturn:
        del request, id
        raise exception.NoBareMetal()

    @declare(_CHANGES)
    def change(self, request: Request, **_arguments: Any) -> NoReturn:
        _ = request.context  # whoever asks must still say who he is
        raise exception.Invalid(
            "The compute API changes no bare metal nodes: use the API of the bare metal service (ironic)."
        )
