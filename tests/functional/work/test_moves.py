"""Moves on every kind of database: claims follow the servers, whoever races for the room."""

from __future__ import annotations

import pathlib
import threading

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from nova_api.compute.servers import live_migration, migrate, resize
from nova_api.compute.volumes import attach
from nova_api.context import admin
from nova_api.db import server_queries
from nova_api.db.guests import Guest
from nova_api.db.schema.work import work_items
from nova_api.db.server_queries import Server
from nova_api.neighbours.volumes.interface import NewVolume
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


def test_given_up_the_volume_is_closed_to_the_destination(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path), ("host1", "host2")) as cloud:
        backend, context, server = cloud.backend, cloud.context(), _on_host1(cloud)
        volume = backend.volumes.create(context, NewVolume(size=1)).id
        with backend.db.reader() as conn:
            attach.attach(backend, context, _found(conn, server), attach.Wish(volume))
        source = cloud.services.pop(0)
        cloud.settled(server)
        source.stop()
        source.wait()
        live_migration.live_migrate(backend, context, cloud.guest(server.uuid))
        until(lambda: [item.host for item in cloud.items(server)] == ["host1"], "the destination is ready")
        assert _holders(cloud, server) == {"host1", "host2"}
        with backend.db.writer() as conn:
            # It has killed its workers too often.
            conn.execute(sa.update(work_items).values(attempts=99))
        cloud.compute("host1")
        now = cloud.settled(server)
        assert (now.vm_state, now.host) == ("error", "host1")
        assert _holders(cloud, server) == {"host1"}


def _found(conn: Connection, server: Guest) -> Server:
    found = server_queries.find(conn, server.uuid)
    assert found is not None
    return found


def _holders(cloud: Cloud, server: Guest) -> set[str | None]:
    return {one.host for one in cloud.backend.volumes.attachments_of(admin(), server.uuid)}
