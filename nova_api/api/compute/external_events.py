"""``POST /os-server-external-events``: what other services tell of servers."""

from __future__ import annotations

from typing import Any

from nova_api.api import policy
from nova_api.api.controller import Controller, Reply
from nova_api.api.declare import Array, Object, Param, operation, wrap
from nova_api.api.declare.types import STRING, UUID, JSONSchema
from nova_api.api.request import Request
from nova_api.compute import external_events
from nova_api.compute.external_events import ACCEPTED, Event

CREATE = policy.rule(
    "os_compute_api:os-server-external-events:create", policy.SERVICE, "Tell of what happened to servers."
)

_FIRST = ("network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted")


def _names(*added: str) -> JSONSchema:
    return {"type": "string", "enum": [*_FIRST, *added]}


_GROWN = "volume-extended"
_POWER = "power-update"
_BOUND = "accelerator-request-bound"

BODY = Object(
    Param(
        "events",
        Array(
            Object(
                Param("name", _names(), until="2.50", required=True),
                Param("name", _names(_GROWN), since="2.51", until="2.75", required=True),
                Param("name", _names(_GROWN, _POWER), since="2.76", until="2.81", required=True),
                Param("name", _names(_GROWN, _POWER, _BOUND), since="2.82", until="2.92", required=True),
                Param("name", _names(_GROWN, _POWER, _BOUND, "volume-reimaged"), since="2.93", required=True),
                Param("server_uuid", UUID, required=True),
                Param("status", {"type": "string", "enum": ["failed", "completed", "in-progress"]}),
                Param("tag", {"type": "string", "maxLength": 255}),
            ),
            minItems=1,
        ),
        required=True,
    )
)

#: Some were accepted and some were not.
MULTI_STATUS = 207


ANSWER = wrap(
    "events",
    Array(
        Object(
            Param("name", STRING, required=True),
            Param("server_uuid", UUID, required=True),
            Param("status", STRING, required=True),
            Param("code", {"type": "integer"}, required=True),
            Param("tag", STRING),
        )
    ),
)


class ExternalEventsController(Controller):
    """``/os-server-external-events``."""

    @operation(
        "POST",
        "/os-server-external-events",
        policy=CREATE,
        body=BODY,
        returns=ANSWER,
        also=(MULTI_STATUS,),
        errors=(403,),
    )
    def create(self, request: Request) -> Any:
        told = request.data["events"]
        events = [Event(item["name"], item["server_uuid"], item.get("tag")) for item in told]
        codes = external_events.receive(self.backend, request.context, events)
        shown = [
            {"status": "completed", **item, "code": code}
            if code == ACCEPTED
            else {**item, "status": "failed", "code": code}
            for item, code in zip(told, codes, strict=True)
        ]
        everything = all(code == ACCEPTED for code in codes)
        return Reply({"events": shown}, status=None if everything else MULTI_STATUS)
