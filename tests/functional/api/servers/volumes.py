"""Volumes for tests of servers, and servers with them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_api.backend import Backend
from nova_api.context import RequestContext, admin
from nova_api.neighbours.volumes import Volume
from nova_api.neighbours.volumes.interface import NewVolume
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


def volume(backend: Backend, size: int = 1, **order: Any) -> str:
    """A new volume of the demo project; its id."""
    return backend.volumes.create(DEMO, NewVolume(size=size, **order)).id


def shown(backend: Backend, volume_id: str) -> Volume:
    """The volume as it is now."""
    return backend.volumes.show(admin(), volume_id)


def status(backend: Backend, volume_id: str) -> str:
    """Its status."""
    return shown(backend, volume_id).status


def everything(backend: Backend) -> list[Volume]:
    """Every volume that there is."""
    found: list[Volume] = backend.volumes.volumes.list(admin())
    return found


def settled(api: Api, server_id: str, wanted: str = "ACTIVE") -> dict[str, Any]:
    """The server once it has ``wanted`` status and nothing is being done to it."""

    def look() -> dict[str, Any] | None:
        server: dict[str, Any] = api.get(f"/servers/{server_id}", version="2.3").json["server"]
        idle = server["OS-EXT-STS:task_state"] is None
        return server if server["status"] == wanted and idle else None

    found: dict[str, Any] = until(look)
    return found


def running(api: Api, boot: Callable[..., Any], **server: Any) -> str:
    """A server that has come up; its id."""
    answer = boot(**server)
    assert answer.status_int == 202, answer.text
    server_id: str = answer.json["server"]["id"]
    settled(api, server_id)
    return server_id


def gone(api: Api, server_id: str) -> None:
    """Deletes the server and waits until it is no more."""
    assert api.delete(f"/servers/{server_id}").status_int == 204
    until(lambda: api.get(f"/servers/{server_id}").status_int == 404)
