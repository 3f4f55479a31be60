"""os-migrateLive, and the migrations below a server: shown, hurried, broken off."""

from __future__ import annotations

import pathlib
import shutil
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.compute.servers.resize import record
from nova_api.context import admin as administrator
from nova_api.db import server_migrations
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events, fault
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

AUTO = {"block_migration": "auto", "host": None}
OLD = {"block_migration": False, "disk_over_commit": False, "host": None}
EVENTS = [
    "compute_check_can_live_migrate_destination",
    "compute_pre_live_migration",
    "compute_live_migration",
    "compute_check_can_live_migrate_source",
    "compute_post_live_migration_at_destination",
]


@pytest.fixture
def slow(stocked: Backend) -> None:
    """Live migrations that last until somebody asks for something else."""
    stocked.conf.set_override("live_migration_time", 30.0, group="fake")


@pytest.mark.parametrize(
    ("version", "value", "first"),
    [
        ("2.1", OLD, "conductor_migrate_server"),
        ("2.25", AUTO, "conductor_migrate_server"),
        ("2.34", AUTO | {"host": "host2"}, "conductor_live_migrate_instance"),
        ("2.30", AUTO | {"host": "host2", "force": True}, "conductor_migrate_server"),
        ("2.104", AUTO, "conductor_live_migrate_instance"),
    ],
)
def test_moved(cloud: Cloud, version: str, value: Any, first: str) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "os-migrateLive", value, version=version)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host, row.node) == ("active", 1, "host2", "host2")
    assert cloud.guests(uuid) == {"host2": ["1"]}
    assert cloud.claims(uuid) == {"host2": 512}
    assert cloud.used() == {"host1": (0, 0, 0), "host2": (1, 512, 1)}
    assert cloud.port_hosts(uuid) == {"host2"}
    assert cloud.migrations(uuid) == [("live-migration", "completed", "host1", "host2")]
    done = [(event, result) for action, event, result in events(cloud.backend, uuid) if action != "create"]
    assert sorted(done) == sorted((event, "Success") for event in [first, *EVENTS])


def test_a_paused_one_stays_paused(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "pause")
    cloud.settled(uuid)
    cloud.act(uuid, "os-migrateLive", AUTO, version="2.34")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host) == ("paused", 3, "host2")
    assert cloud.guests(uuid) == {"host2": ["3"]}


@pytest.mark.usefixtures("slow")
def test_shown_and_forced_to_complete(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "os-migrateLive", AUTO, version="2.34")
    cloud.until_status(uuid, "running")
    admin = cloud.api.admin
    assert admin.get(f"/servers/{uuid}").json["server"]["status"] == "MIGRATING"
    path = f"/servers/{uuid}/migrations"
    until(lambda: admin.get(path, version="2.23").json["migrations"][0]["memory_total_bytes"])
    (listed,) = admin.get(path, version="2.23").json["migrations"]
    assert listed["memory_total_bytes"] == 512 * 1024 * 1024
    assert listed["disk_total_bytes"] is None
    assert (listed["source_compute"], listed["dest_compute"], listed["dest_host"]) == ("host1", "host2", None)
    assert "uuid" not in listed
    number = listed["id"]
    one = admin.get(f"{path}/{number}", version="2.80").json["migration"]
    assert one["server_uuid"] == uuid
    assert one["status"] == "running"
    assert one["user_id"] == "admin"
    # A manager of the project sees it, not the hosts.
    manager = cloud.api.as_("max", cloud.api.admin.project, roles="manager")
    hidden = manager.get(path, version="2.80").json["migrations"][0]
    assert {hidden[name] for name in ("source_compute", "source_node", "dest_compute", "dest_node")} == {None}
    assert manager.get(f"{path}/{number}", version="2.80").status_int == 403

    assert admin.post(f"{path}/{number}/action", {"force_complete": None}, version="2.21").status_int == 404
    reply = admin.post(f"{path}/{number}/action", {"force_complete": None}, version="2.22")
    assert (reply.status_int, reply.body) == (202, b"")
    assert cloud.settled(uuid).host == "host2"
    assert cloud.migrations(uuid)[0][1] == "completed"
    assert (
        "live_migration_force_complete",
        "compute_live_migration_force_complete",
        "Success",
    ) in events(cloud.backend, uuid)
    assert admin.get(path, version="2.23").json == {"migrations": []}
    gone = admin.get(f"{path}/{number}", version="2.23")
    assert gone.status_int == 404
    assert "not in progress" in gone.json["itemNotFound"]["message"]


@pytest.mark.usefixtures("slow")
def test_aborted(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "os-migrateLive", AUTO, version="2.34")
    cloud.until_status(uuid, "running")
    admin = cloud.api.admin
    (listed,) = admin.get(f"/servers/{uuid}/migrations", version="2.23").json["migrations"]
    path = f"/servers/{uuid}/migrations/{listed['id']}"
    assert admin.delete(path, version="2.23").status_int in (404, 405)
    reply = admin.delete(path, version="2.24")
    assert (reply.status_int, reply.body) == (202, b"")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("active", "host1")
    assert cloud.guests(uuid) == {"host1": ["1"]}
    assert cloud.claims(uuid) == {"host1": 512}
    assert cloud.used()["host2"] == (0, 0, 0)
    assert cloud.migrations(uuid) == [("live-migration", "cancelled", "host1", "host2")]
    assert ("live_migration_cancel", "compute_live_migration_abort", "Success") in events(cloud.backend, uuid)
    assert (
        "live-migration",
        "compute_rollback_live_migration_at_destination",
        "Success",
    ) in events(cloud.backend, uuid)


def test_aborted_before_it_runs(cloud: Cloud, stocked: Backend) -> None:
    """From 2.65 a migration that waits may be aborted too."""
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    _waiting(stocked, uuid, "queued")
    path = f"/servers/{uuid}/migrations/1"
    refused = cloud.api.admin.delete(path, version="2.64")
    assert refused.status_int == 400
    assert "queued" in refused.json["badRequest"]["message"]
    assert cloud.api.admin.delete(path, version="2.65").status_int == 202


def _waiting(stocked: Backend, uuid: str, status: str) -> None:
    """A live migration that nobody is at work on."""
    rows.change(stocked, uuid, task_state="migrating")
    server = rows.server(stocked, uuid)
    with stocked.db.writer() as conn:
        record(
            conn,
            administrator(),
            server,
            server_migrations.LIVE,
            status,
            server.flavor,
            dest_host="host2",
            dest_node="host2",
        )


@pytest.mark.usefixtures("slow")
def test_deleted_on_the_way(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "os-migrateLive", AUTO, version="2.34")
    cloud.until_status(uuid, "running")
    assert cloud.api.admin.delete(f"/servers/{uuid}").status_int == 204
    cloud.nothing_left(uuid)
    assert cloud.used() == {"host1": (0, 0, 0), "host2": (0, 0, 0)}
    assert cloud.migrations(uuid)[0][1] in ("cancelled", "error")


@pytest.mark.parametrize(("version", "status"), [("2.33", 400), ("2.34", 202)])
def test_no_host(cloud: Cloud, version: str, status: int) -> None:
    """Before 2.34 the request waits for the checks, and says what they said."""
    cloud.start("host1")
    uuid = cloud.boot()
    reply = cloud.act(uuid, "os-migrateLive", AUTO, version=version, status=status)
    if status == 400:
        assert "No valid host was found" in reply.json["badRequest"]["message"]
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, cloud.claims(uuid)) == ("active", "host1", {"host1": 512})
    assert "No valid host" in fault(cloud.backend, uuid).message
    assert cloud.migrations(uuid) == [("live-migration", "error", "host1", None)]


def test_a_destination_that_refuses(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("fail_hosts", ["host2"], group="fake")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    reply = cloud.act(uuid, "os-migrateLive", OLD, status=400)
    assert "host2" in reply.json["badRequest"]["message"]
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, cloud.claims(uuid)) == ("active", "host1", {"host1": 512})


def test_a_source_that_fails(cloud: Cloud, stocked: Backend) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    shutil.rmtree(pathlib.Path(stocked.conf.state_path) / "fake" / "host1" / uuid)
    cloud.act(uuid, "os-migrateLive", AUTO, version="2.34")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, cloud.claims(uuid)) == ("active", "host1", {"host1": 512})
    assert cloud.migrations(uuid) == [("live-migration", "error", "host1", "host2")]
    last = [(event, result) for _, event, result in events(cloud.backend, uuid)][-3:]
    assert ("compute_live_migration", "Error") in last
    assert ("compute_rollback_live_migration_at_destination", "Success") in last


@pytest.mark.parametrize(
    ("value", "version", "words"),
    [
        (OLD | {"host": "dummy-host"}, "2.1", "Compute host dummy-host could not be found."),
        (OLD | {"host": "host1"}, "2.1", "where it is now"),
        (AUTO | {"host": "host1", "force": True}, "2.30", "where the server is"),
        (AUTO | {"force": True}, "2.30", "force"),
    ],
)
def test_400(cloud: Cloud, value: Any, version: str, words: str) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    reply = cloud.act(uuid, "os-migrateLive", value, version=version, status=400)
    assert words in reply.json["badRequest"]["message"]
    assert rows.server(cloud.backend, uuid).task_state is None


def test_a_source_that_is_down(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    said = cloud.act(uuid, "os-migrateLive", OLD, status=400).json["badRequest"]["message"]
    assert "Compute service of host1 is unavailable" in said
    # From 2.34 on nobody waits for that; the action tells of it.
    cloud.act(uuid, "os-migrateLive", AUTO, version="2.34")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, cloud.claims(uuid)) == ("active", "host1", {"host1": 512})
    assert rows.actions(cloud.backend, uuid)[-1].message == "Error"


@pytest.mark.parametrize(
    ("version", "value"),
    [
        ("2.24", AUTO),
        ("2.24", {"block_migration": True, "host": None}),
        ("2.25", OLD),
        ("2.29", AUTO | {"force": False}),
        ("2.68", AUTO | {"force": False}),
        ("2.68", {"host": None}),
        ("2.68", AUTO | {"host": "a b"}),
    ],
)
def test_bodies_of_other_versions(act: Any, api: Api, version: str, value: Any) -> None:
    assert act({"os-migrateLive": value}, caller=api.admin, version=version).status_int == 400


def test_states_and_callers(act: Any, api: Api) -> None:
    said = act({"os-migrateLive": OLD}).json["forbidden"]["message"]
    assert "os_compute_api:os-migrate-server:migrate_live" in said
    manager = api.as_("max", roles="manager")
    said = act({"os-migrateLive": OLD | {"host": "h"}}, caller=manager).json["forbidden"]["message"]
    assert "os_compute_api:os-migrate-server:migrate_live:host" in said
    for states, words in (
        ({"vm_state": "stopped"}, "vm_state stopped"),
        ({"task_state": "migrating"}, "task_state migrating"),
    ):
        reply = act({"os-migrateLive": OLD}, caller=api.admin, **states)
        assert reply.status_int == 409
        assert f"while it is in {words}" in reply.json["conflictingRequest"]["message"]
    locked = act({"os-migrateLive": OLD}, caller=manager, locked_by="owner")
    assert "is locked" in locked.json["conflictingRequest"]["message"]


def test_migrations_that_are_none(act: Any, api: Api, stocked: Backend) -> None:
    uuid = act({"os-migrateLive": OLD}, caller=api.admin, vm_state="stopped").uuid
    path = f"/servers/{uuid}/migrations"
    admin = api.admin
    assert admin.get(f"{path}/7", version="2.23").status_int == 404
    assert admin.get(f"{path}/seven", version="2.23").status_int == 404
    assert admin.get(path, version="2.22").status_int == 404
    # Nothing migrates: the state is what is wrong.
    for reply in (
        admin.delete(f"{path}/7", version="2.24"),
        admin.post(f"{path}/7/action", {"force_complete": None}, version="2.22"),
    ):
        assert reply.status_int == 409
    rows.change(stocked, uuid, vm_state="active")
    _waiting(stocked, uuid, "completed")
    assert admin.delete(f"{path}/7", version="2.24").status_int == 404
    assert admin.post(f"{path}/7/action", {"force_complete": None}, version="2.22").status_int == 400
    refused = admin.delete(f"{path}/1", version="2.24").json["badRequest"]["message"]
    assert f"Migration 1 state of instance {uuid} is completed" in refused
    assert admin.post(f"{path}/1/action", {"force_complete": None}, version="2.22").status_int == 400
    assert admin.post(f"{path}/1/action", {"force_complete": {}}, version="2.22").status_int == 400
