"""Moves on every kind of database: claims follow the servers, whoever races for the room."""

from __future__ import annotations

import pathlib
import threading

from nova_api.compute.servers import live_migration, migrate, resize
from nova_api.db.guests import Guest
from tests.functional.work.cloud import Cloud, options, running, until


def _used(cloud: Cloud) -> dict[str, int]:
    return {name: cloud.node(name).memory_mb_used for name in ("host1", "host2")}


def _on_host1(cloud: Cloud) -> Guest:
    return cloud.settled(cloud.create(zone="nova:host1"))


def test_there_and_back_and_there_for_good(tmp_path: pathlib.Path, database: str | None) -> None:
    with running(options(tmp_path, database), ("host1", "host2")) as cloud:
        server = _on_host1(cloud)
        backend, context = cloud.backend, cloud.context()
        migrate.migrate(backend, context, server)
        moved = cloud.settled(server)
        assert (moved.vm_state, moved.host) == ("resized", "host2")
        assert _used(cloud) == {"host1": 512, "host2": 512}
        resize.revert(backend, context, moved)
        back = cloud.settled(server)
        assert (back.vm_state, back.host) == ("active", "host1")
        assert _used(cloud) == {"host1": 512, "host2": 0}

        live_migration.live_migrate(backend, context, back, wait=True)
        there = cloud.settled(server)
        assert (there.vm_state, there.host) == ("active", "host2")
        assert _used(cloud) == {"host1": 0, "host2": 512}
        assert [len(cloud.vms(server, host)) for host in ("host1", "host2")] == [0, 1]

        cloud.delete(server)
        assert cloud.settled(server).deleted
        assert cloud.claims(server) == cloud.ports(server) == cloud.items() == []
        assert _used(cloud) == {"host1": 0, "host2": 0}


def test_a_race_for_the_last_room_has_one_winner(tmp_path: pathlib.Path, database: str | None) -> None:
    # 512 MiB of each host are its own, so host2 has room for one server of the four.
    conf = options(tmp_path, database, fake__memory_mb=512 * 5)
    with running(conf, ("host1", "host2")) as cloud:
        servers = [_on_host1(cloud) for _ in range(4)]
        fillers = [cloud.settled(cloud.create(zone="nova:host2")) for _ in range(3)]
        threads = [
            threading.Thread(target=migrate.migrate, args=(cloud.backend, cloud.context(), server))
            for server in servers
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ended = [cloud.settled(server) for server in servers]
        assert sorted(server.vm_state for server in ended) == ["active", "active", "active", "resized"]
        assert _used(cloud) == {"host1": 512 * 4, "host2": 512 * 4}
        for server in (*ended, *fillers):
            cloud.delete(server)
        until(lambda: not cloud.items(), "nothing is left to do")
        assert _used(cloud) == {"host1": 0, "host2": 0}
