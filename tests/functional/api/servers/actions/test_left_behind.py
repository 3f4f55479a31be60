"""What moves have left on other hosts: removed by these, and forgotten where the host is no more."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.compute import moves
from nova_api.context import admin as administrator
from nova_api.db import server_migrations
from tests.functional.api.servers import given, rows
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.waiting import until

GONE = "host9"


@pytest.fixture
def server(cloud: Cloud) -> str:
    """An ACTIVE server on host1, of which a failed move may have left something on a host that died."""
    cloud.start("host1", "host2")
    given.service(cloud.backend, GONE)
    uuid = cloud.boot()
    failed_move(cloud.backend, uuid, GONE)
    return uuid


def failed_move(backend: Backend, uuid: str, dest: str) -> None:
    row = rows.server(backend, uuid)
    values = {
        "server_id": row.id,
        "server_uuid": uuid,
        "migration_type": server_migrations.LIVE,
        "status": server_migrations.ERROR,
        "source_host": row.host,
        "dest_host": dest,
        "old_vm_state": "active",
    }
    with backend.db.writer() as conn:
        server_migrations.insert(conn, values)


def delete(cloud: Cloud, uuid: str) -> None:
    assert cloud.api.admin.delete(f"/servers/{uuid}").status_int == 204
    until(lambda: rows.server(cloud.backend, uuid).deleted)


def work_of(cloud: Cloud, uuid: str) -> list[Any]:
    """(method, host) of what is still to be done."""
    return [(method, host) for _, method, host, _ in rows.work(cloud.backend, uuid)]


def test_a_service_that_is_deleted_has_nothing_left_to_do(cloud: Cloud, server: str) -> None:
    delete(cloud, server)
    assert work_of(cloud, server) == [(moves.FORGET, GONE)]
    api = cloud.api.admin
    listed = api.get(f"/os-services?host={GONE}", version="2.53").json["services"]
    assert api.delete(f"/os-services/{listed[0]['id']}", version="2.53").status_int == 204
    assert work_of(cloud, server) == []


def test_a_host_that_has_left_the_cloud_is_given_nothing_to_do(cloud: Cloud, server: str) -> None:
    failed_move(cloud.backend, server, "host8")
    delete(cloud, server)
    assert work_of(cloud, server) == [(moves.FORGET, GONE)]


def test_an_evacuation_leaves_the_dead_host_nothing_to_do(cloud: Cloud, server: str) -> None:
    row = rows.server(cloud.backend, server)
    with cloud.backend.db.writer() as conn:
        for host in (GONE, "host1"):
            payload = {"event": None, "ends": False}
            moves.have_forgotten(conn, administrator(), row, host, payload, None)
        conn.exec_driver_sql("UPDATE work_items SET run_after = '2099-01-01'")
    cloud.down("host1")
    cloud.act(server, "evacuate", {"onSharedStorage": False}, status=200)
    until(lambda: rows.server(cloud.backend, server).host == "host2")
    # The other host of its move has to forget it, for that move too; the dead one has nothing to do.
    assert set(work_of(cloud, server)) == {(moves.FORGET, GONE)}


def test_an_evacuation_leaves_no_image_that_nobody_makes(cloud: Cloud, server: str) -> None:
    rows.change(cloud.backend, server, host=GONE, node=GONE)  # where nothing is ever done
    cloud.act(server, "createImage", {"name": "never"})
    cloud.down(GONE)
    cloud.act(server, "evacuate", {"host": "host2"}, status=200, version="2.95")
    assert cloud.settled(server).host == "host2"
    assert "never" not in [image.name for image in cloud.backend.images.list(administrator())]
    create_image = rows.actions(cloud.backend, server)[1]
    assert (create_image.action, create_image.message) == ("createImage", "Error")
