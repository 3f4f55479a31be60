"""What a build needs besides the server's record: the payload of its work items, from request to ACTIVE."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from nova_api import rpc, work
from nova_api.context import RequestContext

#: Method of topic ``scheduler`` and of topic ``compute``.
METHOD = "build"


@dataclasses.dataclass(frozen=True)
class BuildRequest:
    """``zone``, ``host`` and ``node`` are what was asked for (None: anywhere).

    ``files`` is [{"path", "contents"}] with base64 contents.  ``attempt``
    counts the hosts tried so far, ``tried`` names them, ``last_error`` is what
    the last of them said.
    """

    zone: str | None = None
    host: str | None = None
    node: str | None = None
    admin_password: str | None = None
    files: tuple[dict[str, str], ...] = ()
    attempt: int = 0
    tried: tuple[str, ...] = ()
    last_error: str | None = None

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> BuildRequest:
        values = dict(payload)
        values["files"] = tuple(values.get("files") or ())
        values["tried"] = tuple(values.get("tried") or ())
        return cls(**values)

    def to_payload(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    def on(self, host: str) -> BuildRequest:
        """The same request once ``host`` has been chosen for it."""
        return dataclasses.replace(self, attempt=self.attempt + 1, tried=(*self.tried, host))

    def after(self, error: str) -> BuildRequest:
        """The same request once the host tried last has said ``error``."""
        return dataclasses.replace(self, last_error=error)


def parse_zone(asked: str | None) -> tuple[str | None, str | None, str | None]:
    """``zone[:host[:node]]`` of a create request → (zone, host, node), each None where absent.

    ``zone::node`` names a node without its host.  The caller checks who may.
    """
    parts = [part or None for part in (asked or "").split(":")]
    zone, host, node = [*parts, None, None][:3]
    return zone, host, node


def submit(
    accepted: work.Accepted,
    context: RequestContext,
    server: work.HasUuid,
    action_id: int | None,
    request: BuildRequest,
) -> str:
    """Has a host found for a server that was just inserted (building, scheduling), and it built there."""
    return accepted.enqueue(context, rpc.SCHEDULER, METHOD, server, request.to_payload(), action_id=action_id)


def schedule_again(
    conn: Connection,
    context: RequestContext,
    server: work.HasUuid,
    action_id: int | None,
    request: BuildRequest,
) -> str:
    """As ``submit`` for a worker whose build failed, inside its own transaction; the caller casts."""
    return work.enqueue(
        conn, context, rpc.SCHEDULER, METHOD, server, request.to_payload(), action_id=action_id
    )
