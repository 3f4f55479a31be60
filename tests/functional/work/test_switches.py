"""What a host does to a server by one call of its driver: after a crash, and on every database."""

from __future__ import annotations

import datetime
import pathlib
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import rpc, work
from nova_api.compute.servers import delete, lock, pause, rescue, reset_state, soft_delete, suspend
from nova_api.db import server_queries
from nova_api.db import work as db_work
from nova_api.db.guests import Guest
from nova_api.db.schema.compute import servers
from nova_api.db.server_queries import Server
from tests.functional.work.cloud import Cloud, options, running, until

IMAGE = "70a599e0-31e7-49b7-b260-868f441e862b"

#: Operation → (how a request begins it, states in which it is found begun, states at its end).
BEGUN: dict[str, tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = {
    "pause": ({}, {"task_state": "pausing"}, {"vm_state": "paused", "power_state": 3}),
    "unpause": (
        {},
        {"vm_state": "paused", "task_state": "unpausing"},
        {"vm_state": "active", "power_state": 1},
    ),
    "suspend": ({}, {"task_state": "suspending"}, {"vm_state": "suspended", "power_state": 7}),
    "resume": (
        {},
        {"vm_state": "suspended", "task_state": "resuming"},
        {"vm_state": "active", "power_state": 1},
    ),
    "rescue": (
        {"image_id": None, "admin_password": "x"},
        {"task_state": "rescuing"},
        {"vm_state": "rescued", "power_state": 4},
    ),
    "unrescue": (
        {},
        {"vm_state": "rescued", "task_state": "unrescuing"},
        {"vm_state": "active", "power_state": 1},
    ),
    "soft_delete": ({}, {"task_state": "soft-deleting"}, {"vm_state": "soft-delete", "power_state": 4}),
    "restore": (
        {},
        {"vm_state": "soft-delete", "task_state": "restoring"},
        {"vm_state": "active", "power_state": 1},
    ),
    "change_password": (
        {"admin_password": "x"},
        {"task_state": "updating_password"},
        {"vm_state": "active", "power_state": 1},
    ),
}


def values(guest: Guest, names: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(guest, name) for name in names}


def change(cloud: Cloud, server: Guest, **states: Any) -> None:
    with cloud.backend.db.writer() as conn:
        conn.execute(sa.update(servers).where(servers.c.id == server.id).values(**states))


@pytest.mark.parametrize("operation", BEGUN)
def test_done_twice_it_ends_as_done_once(cloud: Cloud, operation: str) -> None:
    """A host that died after the driver's work and before its commit does the work again."""
    payload, begun, ended = BEGUN[operation]
    server = cloud.settled(cloud.create())
    (vm,) = cloud.vms(server)
    for _ in range(2):
        change(cloud, server, **{"vm_state": "active", **begun})
        with work.accept(cloud.backend) as accepted:
            accepted.enqueue(cloud.context(), rpc.COMPUTE, operation, server, payload, host="host1")
        until(lambda: not cloud.items(server), "the work is done")
        now = cloud.guest(server.uuid)
        assert values(now, ended) == ended
        assert now.task_state is None
    assert vm in cloud.vms(server)
    assert cloud.fault(server) is None


def test_a_new_service_ends_what_the_old_one_began(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, work__lease=30)) as cloud:
        server = cloud.settled(cloud.create())
        # As a kill -9 in the middle leaves it: the item claimed by a worker that is no more.
        change(cloud, server, task_state="suspending")
        with cloud.backend.db.writer() as conn:
            item = db_work.enqueue(conn, cloud.context(), rpc.COMPUTE, "suspend", server, {}, host="host1")
            lease = datetime.timedelta(seconds=30)
            assert db_work.claim(conn, item, rpc.COMPUTE, "dead", lease, host="host1")
        cloud.compute()
        assert cloud.settled(server).vm_state == "suspended"


def test_every_database(tmp_path: pathlib.Path, database: str | None) -> None:
    conf = options(tmp_path, database, reclaim_instance_interval=3600, work__periodic_interval=0.1)
    with running(conf) as cloud:
        context = cloud.context()
        server = cloud.settled(cloud.create(image_id=IMAGE))

        def found() -> Server:
            with cloud.backend.db.reader() as conn:
                row = server_queries.find(conn, server.uuid)
            assert row is not None
            return row

        lock.lock(cloud.backend, context, found(), "why")
        assert (found().locked_by, found().locked_reason) == ("owner", "why")
        lock.unlock(cloud.backend, context, found())
        assert (found().locked_by, found().locked_reason) == (None, None)
        for begin, vm_state in (
            (pause.pause, "paused"),
            (pause.unpause, "active"),
            (suspend.suspend, "suspended"),
            (suspend.resume, "active"),
            (rescue.rescue, "rescued"),
            (rescue.unrescue, "active"),
            (delete.delete, "soft-delete"),
            (soft_delete.restore, "active"),
        ):
            begin(cloud.backend, context, found())
            assert cloud.settled(server).vm_state == vm_state
        reset_state.reset(cloud.backend, context, found(), "error")
        assert found().vm_state == "error"
        delete.delete(cloud.backend, context, found())
        assert cloud.settled(server).vm_state == "soft-delete"
        conf.set_override("reclaim_instance_interval", 1)
        until(lambda: cloud.guest(server.uuid).deleted, "it is reclaimed")
        until(lambda: not cloud.items(server), "nothing is left to do")
        assert cloud.vms(server) == cloud.ports(server) == cloud.claims(server) == []
