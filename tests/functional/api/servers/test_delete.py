"""DELETE /servers/{id}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import services
from tests.functional.api.servers import rows
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

Boot = Callable[..., Any]


@pytest.fixture
def uuid(boot: Boot) -> str:
    """A server that waits for a scheduler."""
    return str(boot().json["server"]["id"])


@pytest.fixture
def host(stocked: Backend) -> str:
    """A compute host that lives, and takes no work."""
    row = {"uuid": "1" * 36, "host": "h1", "binary": "nova-compute", "last_seen_at": utcnow()}
    with stocked.db.writer() as conn:
        conn.execute(sa.insert(services).values(**row))
    return "h1"


def test_without_a_host_it_is_gone_at_once(api: Api, stocked: Backend, uuid: str) -> None:
    reply = api.delete(f"/servers/{uuid}")
    assert (reply.status_int, reply.body) == (204, b"")
    row = rows.server(stocked, uuid)
    assert (row.vm_state, row.task_state, row.deleted) == ("deleted", None, True)
    assert row.terminated_at is not None
    assert rows.work(stocked, uuid) == []
    create, delete = rows.actions(stocked, uuid)
    assert (delete.action, delete.message) == ("delete", None)
    assert delete.finish_time is not None
    assert api.delete(f"/servers/{uuid}").status_int == 404
    assert api.get(f"/servers/{uuid}").status_int == 404


def test_with_a_host_it_is_deleting_and_asking_again_does_nothing(
    api: Api, stocked: Backend, uuid: str, host: str
) -> None:
    rows.change(stocked, uuid, host=host, vm_state="active", task_state=None)
    for _ in range(3):
        assert api.delete(f"/servers/{uuid}").status_int == 204
    row = rows.server(stocked, uuid)
    assert (row.vm_state, row.task_state, row.deleted) == ("active", "deleting", False)
    assert [a.action for a in rows.actions(stocked, uuid)] == ["create", "delete"]
    assert [work for work in rows.work(stocked, uuid) if work[1] == "delete"] == [
        ("compute", "delete", host, {})
    ]


def test_it_wins_over_whatever_is_being_done(api: Api, stocked: Backend, uuid: str, host: str) -> None:
    rows.change(stocked, uuid, host=host, vm_state="building", task_state="spawning")
    assert api.delete(f"/servers/{uuid}").status_int == 204
    assert rows.server(stocked, uuid).task_state == "deleting"


def test_a_host_that_is_down_is_not_waited_for(api: Api, stocked: Backend, uuid: str) -> None:
    rows.change(stocked, uuid, host="gone", vm_state="active", task_state=None)
    assert api.delete(f"/servers/{uuid}").status_int == 204
    assert ("scheduler", "delete", None, {}) in rows.work(stocked, uuid)


def test_locks(api: Api, stocked: Backend, uuid: str) -> None:
    rows.change(stocked, uuid, locked_by="owner")
    reply = api.delete(f"/servers/{uuid}")
    assert reply.status_int == 409
    assert "is locked" in reply.json["conflictingRequest"]["message"]
    assert not rows.server(stocked, uuid).deleted
    assert api.admin.delete(f"/servers/{uuid}").status_int == 204


def test_who_may(api: Api, uuid: str) -> None:
    for path in (f"/servers/{uuid}", "/servers/no-such-server"):
        reply = api.as_("eve", "0" * 32).delete(path)
        assert reply.status_int == 404
        assert "could not be found" in reply.json["itemNotFound"]["message"]
    refused = api.as_("rita", roles="reader").delete(f"/servers/{uuid}")
    assert refused.status_int == 403
    assert "os_compute_api:servers:delete" in refused.json["forbidden"]["message"]


def test_quota_is_free_again(api: Api, boot: Boot, stocked: Backend) -> None:
    stocked.conf.set_override("instances", 1, group="quota")
    first = boot().json["server"]["id"]
    assert boot().status_int == 403
    assert api.delete(f"/servers/{first}").status_int == 204
    assert boot().status_int == 202


@pytest.mark.usefixtures("workers")
def test_nothing_is_left_behind(api: Api, boot: Boot, stocked: Backend) -> None:
    uuid = boot().json["server"]["id"]
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    assert stocked.networks.nics_of([uuid])[uuid]
    assert api.delete(f"/servers/{uuid}").status_int == 204
    until(lambda: rows.server(stocked, uuid).deleted)
    assert stocked.networks.nics_of([uuid]) == {}
    until(lambda: rows.work(stocked, uuid) == [])


@pytest.mark.usefixtures("workers")
def test_during_a_build(api: Api, boot: Boot, stocked: Backend) -> None:
    stocked.conf.set_override("build_time", 20.0, group="fake")
    uuid = boot().json["server"]["id"]
    until(lambda: rows.server(stocked, uuid).task_state == "spawning")
    assert api.delete(f"/servers/{uuid}").status_int == 204
    until(lambda: rows.server(stocked, uuid).deleted)
    until(lambda: stocked.networks.nics_of([uuid]) == {})
