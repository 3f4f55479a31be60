"""Claims: never more than there is, however many schedulers race for it."""

from __future__ import annotations

import pathlib
import threading

from nova_api import seed
from nova_api.compute.manager.service import ComputeService
from nova_api.db import nodes, services
from nova_api.db.schema.base import utcnow
from nova_api.db.schema.compute import services as table
from nova_api.scheduler.service import SchedulerService
from tests.functional.work.cloud import Cloud, options, running, until


def test_two_schedulers_race_for_the_last_slots(tmp_path: pathlib.Path, database: str | None) -> None:
    """Room for five, asked for by twelve at once, of two schedulers with a backend each."""
    conf = options(tmp_path, database, fake__memory_mb=512 * 6, scheduler__claim_attempts=50)
    cloud = Cloud(conf)
    second = Cloud(options(tmp_path, database, host="host2", fake__memory_mb=512 * 6))
    try:
        cloud.compute()
        servers = [cloud.create(f"vm{number}", cast=False) for number in range(12)]
        items = [item.uuid for item in cloud.items()]
        workers = [SchedulerService(cloud.backend).worker, SchedulerService(second.backend).worker]
        barrier = threading.Barrier(2)

        def work(worker: object, uuids: list[str]) -> None:
            barrier.wait()
            for uuid in uuids:
                worker._handle(uuid)  # type: ignore[attr-defined]

        threads = [
            threading.Thread(target=work, args=(worker, items[number::2]))
            for number, worker in enumerate(workers)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cloud.scheduler()
        states = sorted(cloud.settled(server).vm_state for server in servers)
        assert states == ["active"] * 5 + ["error"] * 7
        assert cloud.node().memory_mb_used == 5 * 512
        assert sum(len(cloud.claims(server)) for server in servers) == 5
    finally:
        cloud.close()
        second.close()


def test_allocation_ratios_count(tmp_path: pathlib.Path) -> None:
    conf = options(
        tmp_path, fake__vcpus=2, compute__cpu_allocation_ratio=2.0, compute__ram_allocation_ratio=1.5
    )
    with running(conf) as cloud:
        servers = [cloud.create() for _ in range(6)]
        states = sorted(cloud.settled(server).vm_state for server in servers)
        assert states == ["active"] * 4 + ["error"] * 2
        # More virtual CPUs than there are real ones never fit, whatever the ratio.
        for server in servers:
            cloud.delete(server)
            cloud.settled(server)
        assert cloud.settled(cloud.create(vcpus=3)).vm_state == "error"
        assert cloud.settled(cloud.create(vcpus=2)).vm_state == "active"


def test_release_gives_back_once(cloud: Cloud) -> None:
    server = cloud.settled(cloud.create())
    with cloud.backend.db.writer() as conn:
        nodes.release(conn, server.id)
        nodes.release(conn, server.id)
    assert cloud.node().memory_mb_used == 0


def test_hosts_that_are_down_or_disabled_get_nothing(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path), hosts=("a", "b", "c")) as cloud:
        with cloud.backend.db.writer() as conn:
            conn.execute(table.update().where(table.c.host == "a").values(disabled=True))
            conn.execute(table.update().where(table.c.host == "b").values(forced_down=True))
        servers = [cloud.create() for _ in range(4)]
        assert {cloud.settled(server).host for server in servers} == {"c"}


def test_a_host_that_is_silent_is_down(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    try:
        cloud.compute()
        with cloud.backend.db.reader() as conn:
            assert services.host_is_up(conn, "host1", down_time=60)
            assert not services.host_is_up(conn, "host1", down_time=-1)
            assert not services.host_is_up(conn, "nowhere", down_time=60)
    finally:
        cloud.close()


def test_a_server_on_a_dead_host_is_deleted_without_it(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    try:
        compute = cloud.compute()
        cloud.scheduler()
        server = cloud.settled(cloud.create())
        compute.stop()
        compute.wait()
        cloud.conf.set_override("service_down_time", 1)

        with cloud.backend.db.writer() as conn:
            conn.execute(table.update().values(last_seen_at=utcnow().replace(year=2020)))
        cloud.delete(server)
        until(lambda: cloud.guest(server.uuid).deleted, "the server is deleted")
        assert cloud.claims(server) == cloud.ports(server) == []
        assert len(cloud.vms(server)) == 1
        # The host comes back and finds a guest of nobody's.
        cloud.compute()
        assert cloud.vms(server) == []
        cloud.settled(server)
    finally:
        cloud.close()


def test_a_host_that_was_back_before_its_server_was_deleted_without_it(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path)) as cloud:
        server = cloud.settled(cloud.create())
        with cloud.backend.db.writer() as conn:
            conn.execute(table.update().where(table.c.host == "host1").values(forced_down=True))
        cloud.delete(server)
        assert cloud.settled(server).deleted
        assert cloud.vms(server) == []


def test_rows_of_hosts_keep_their_ids(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    try:
        for vcpus in (4, 8):
            cloud.conf.set_override("vcpus", vcpus, group="fake")
            service = ComputeService(cloud.backend, "host1")
            service.start()
            service.stop()
            service.wait()
            node = cloud.node()
            assert (node.id, node.vcpus) == (1, vcpus)
        with cloud.backend.db.reader() as conn:
            assert [(row.id, row.binary) for row in services.list_services(conn)] == [(1, "nova-compute")]
    finally:
        cloud.close()


def test_reset_goes_back_to_the_first_start(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path)) as cloud:
        cloud.settled(cloud.create())
        server = cloud.create()
        seed.reset(cloud.backend)
        assert cloud.items() == []
        assert cloud.node().memory_mb_used == 0
        assert not list((tmp_path / "fake" / "host1").iterdir())
        assert {user.name for user in cloud.backend.identity.users()} == {"admin", "demo"}
        # Work goes on, with row ids from the beginning.
        again = cloud.settled(cloud.create())
        assert (again.id, again.vm_state) == (1, "active")
        assert server.uuid != again.uuid


def test_reset_to_a_described_world(tmp_path: pathlib.Path) -> None:
    world = {
        "accounts": [
            {"name": "fake", "user_id": "fake", "project": "p", "project_id": "pid", "roles": ["member"]}
        ],
        "flavors": [
            {
                "flavorid": "9",
                "name": "nine",
                "memory_mb": 1,
                "vcpus": 1,
                "root_gb": 1,
                "extra_specs": {"a:b": "c"},
            }
        ],
        "services": [
            {"binary": "nova-conductor", "host": "conductor"},
            {"binary": "nova-compute", "host": "host1"},
        ],
    }
    with running(options(tmp_path)) as cloud:
        seed.reset(cloud.backend, world)
        with cloud.backend.db.reader() as conn:
            found = services.list_services(conn)
        assert [(s.id, s.binary, s.is_up(60)) for s in found] == [
            (1, "nova-conductor", True),
            (2, "nova-compute", True),
        ]
        assert [user.id for user in cloud.backend.identity.users()] == ["fake"]
