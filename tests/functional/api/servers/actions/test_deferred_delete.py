"""DELETE with reclaim_instance_interval, restore, forceDelete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.compute.servers import delete
from nova_api.context import admin
from nova_api.db.schema.base import utcnow
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

RESTORE, FORCE = {"restore": None}, {"forceDelete": None}


@pytest.fixture
def kept(stocked: Backend) -> None:
    """Deleted servers stay restorable for an hour; what is due is looked for every tenth of a second."""
    stocked.conf.set_override("reclaim_instance_interval", 3600)
    stocked.conf.set_override("periodic_interval", 0.1, group="work")


@pytest.mark.usefixtures("kept")
def test_deleted_and_restored(api: Api, running: str, stocked: Backend) -> None:
    reply = api.delete(f"/servers/{running}")
    assert (reply.status_int, reply.body) == (204, b"")
    row = settled(stocked, running)
    assert (row.vm_state, row.deleted, row.power_state) == ("soft-delete", False, 4)
    assert api.get(f"/servers/{running}").json["server"]["status"] == "SOFT_DELETED"
    assert api.get("/servers/detail").json["servers"] == []
    # What it holds is kept for it.
    assert stocked.networks.nics_of([running])[running]

    assert api.post(f"/servers/{running}/action", RESTORE).status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state, row.deleted_at) == ("active", 1, None)
    assert [server["id"] for server in api.get("/servers").json["servers"]] == [running]
    assert events(stocked, running)[1:] == [
        ("delete", "compute_soft_delete_instance", "Success"),
        ("restore", "compute_restore_instance", "Success"),
    ]


@pytest.mark.usefixtures("kept")
def test_a_move_that_began_meanwhile(api: Api, stocked: Backend, boot: Callable[..., Any]) -> None:
    """The request looked at an idle server; between two hosts there is nothing to restore it at."""
    uuid = str(boot().json["server"]["id"])
    idle = {"vm_state": "active", "task_state": None, "host": "h1", "launched_at": utcnow()}
    rows.change(stocked, uuid, **idle)
    seen = rows.server(stocked, uuid)
    rows.change(stocked, uuid, task_state="resize_prep")
    delete.delete(stocked, admin(), seen)
    assert rows.server(stocked, uuid).task_state == "deleting"


@pytest.mark.usefixtures("kept")
def test_forced(api: Api, running: str, stocked: Backend) -> None:
    api.delete(f"/servers/{running}")
    assert settled(stocked, running).vm_state == "soft-delete"
    reply = api.post(f"/servers/{running}/action", FORCE)
    assert (reply.status_int, reply.body) == (202, b"")
    assert settled(stocked, running).deleted
    assert stocked.networks.nics_of([running]) == {}
    assert api.get(f"/servers/{running}").status_int == 404


def test_force_works_in_every_state(api: Api, running: str, stocked: Backend) -> None:
    assert api.post(f"/servers/{running}/action", FORCE).status_int == 202
    assert settled(stocked, running).deleted


@pytest.mark.usefixtures("kept")
def test_its_time_ends(api: Api, running: str, stocked: Backend) -> None:
    api.delete(f"/servers/{running}")
    assert settled(stocked, running).vm_state == "soft-delete"
    stocked.conf.set_override("reclaim_instance_interval", 1)
    assert until(lambda: (row := rows.server(stocked, running)).deleted and row)
    assert settled(stocked, running).vm_state == "deleted"
    assert stocked.networks.nics_of([running]) == {}
    assert [(a.action, a.user_id, a.message) for a in rows.actions(stocked, running)[1:]] == [
        ("delete", "demo", None),
        ("delete", None, None),
    ]


@pytest.mark.usefixtures("kept")
def test_deleted_again_it_starts_to_wait_anew(api: Api, running: str, stocked: Backend) -> None:
    api.delete(f"/servers/{running}")
    first = settled(stocked, running).deleted_at
    assert api.delete(f"/servers/{running}").status_int == 204
    row = settled(stocked, running)
    assert (row.vm_state, row.deleted) == ("soft-delete", False)
    assert row.deleted_at > first


@pytest.mark.usefixtures("kept")
def test_what_is_deleted_uses_no_quota_until_it_is_restored(
    api: Api, running: str, boot: Callable[..., Any], stocked: Backend
) -> None:
    stocked.conf.set_override("instances", 1, group="quota")
    api.delete(f"/servers/{running}")
    settled(stocked, running)
    assert boot().status_int == 202
    refused = api.post(f"/servers/{running}/action", RESTORE)
    assert refused.status_int == 403
    assert "Quota exceeded for instances" in refused.json["forbidden"]["message"]
    row = rows.server(stocked, running)
    assert (row.vm_state, row.task_state) == ("soft-delete", None)


@pytest.mark.usefixtures("kept")
def test_what_is_being_restored_uses_quota_already(
    act: Any, boot: Callable[..., Any], stocked: Backend
) -> None:
    stocked.conf.set_override("instances", 1, group="quota")
    reply = act(RESTORE, vm_state="soft-delete", deleted_at=utcnow())
    assert reply.status_int == 202
    assert boot().status_int == 403


@pytest.mark.usefixtures("kept")
def test_a_failed_soft_delete_can_be_repeated(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("fail_operations", ["soft_delete"], group="fake")
    api.delete(f"/servers/{running}")
    assert settled(stocked, running).vm_state == "error"
    assert "fails every soft_delete" in fault(stocked, running).message
    stocked.conf.clear_override("fail_operations", group="fake")
    api.delete(f"/servers/{running}")
    assert settled(stocked, running).vm_state == "soft-delete"


@pytest.mark.usefixtures("kept")
def test_a_failed_restore_leaves_it_restorable(api: Api, running: str, stocked: Backend) -> None:
    api.delete(f"/servers/{running}")
    settled(stocked, running)
    stocked.conf.set_override("fail_operations", ["restore"], group="fake")
    api.post(f"/servers/{running}/action", RESTORE)
    row = settled(stocked, running)
    assert (row.vm_state, row.deleted_at is None) == ("soft-delete", False)
    assert "fails every restore" in fault(stocked, running).message


@pytest.mark.usefixtures("kept")
def test_a_host_that_is_down_is_not_waited_for(api: Api, act: Any, stocked: Backend) -> None:
    uuid = act({"pause": None}, vm_state="stopped").uuid  # refused: it only makes the server
    assert api.delete(f"/servers/{uuid}").status_int == 204
    row = rows.server(stocked, uuid)
    assert (row.vm_state, row.task_state, row.deleted) == ("soft-delete", None, False)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize(
    "states",
    [
        {"launched_at": None, "vm_state": "building"},
        {"vm_state": "resized"},
        {"task_state": "migrating"},
        {"vm_state": "shelved_offloaded", "host": None},
    ],
)
def test_what_has_no_one_place_is_deleted_for_good(
    api: Api, act: Any, stocked: Backend, states: dict[str, Any]
) -> None:
    uuid = act(RESTORE, **states).uuid  # refused: it only puts the server into these states
    assert api.delete(f"/servers/{uuid}").status_int == 204
    row = rows.server(stocked, uuid)
    assert row.deleted or row.task_state == "deleting"


def test_while_it_is_being_deleted_softly_only_force_goes_further(
    api: Api, act: Any, stocked: Backend
) -> None:
    stocked.conf.set_override("reclaim_instance_interval", 3600)
    uuid = act(RESTORE, task_state="soft-deleting").uuid
    assert api.delete(f"/servers/{uuid}").status_int == 204
    assert rows.server(stocked, uuid).task_state == "soft-deleting"
    assert api.post(f"/servers/{uuid}/action", FORCE).status_int == 202
    assert rows.server(stocked, uuid).task_state == "deleting"


@pytest.mark.parametrize(
    ("body", "states", "words"),
    [
        (RESTORE, {}, ["'restore'", "vm_state active"]),
        (
            RESTORE,
            {"vm_state": "soft-delete", "task_state": "deleting"},
            ["'restore'", "task_state deleting"],
        ),
        # The handler has no words of its own for locks.
        (RESTORE, {"vm_state": "soft-delete", "locked_by": "owner"}, ["'restore'", "locked True"]),
        (FORCE, {"locked_by": "owner"}, ["is locked"]),
    ],
)
def test_conflicts(act: Any, body: Any, states: dict[str, Any], words: list[str]) -> None:
    reply = act(body, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said


def test_who_may(api: Api, act: Any) -> None:
    for body, name in ((RESTORE, "restore"), (FORCE, "force")):
        assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
        refused = act(body, caller=api.as_("rita", roles="reader"))
        assert refused.status_int == 403
        assert f"os_compute_api:os-deferred-delete:{name}" in refused.json["forbidden"]["message"]
    assert act(FORCE, caller=api.admin, locked_by="owner").status_int == 202
