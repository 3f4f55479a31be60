"""pause, unpause, suspend, resume."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.share import server_shares
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.client import Api

PAUSE, UNPAUSE = {"pause": None}, {"unpause": None}
SUSPEND, RESUME = {"suspend": None}, {"resume": None}


@pytest.mark.parametrize(
    ("there", "between", "back"),
    [(PAUSE, ("paused", 3), UNPAUSE), (SUSPEND, ("suspended", 7), RESUME)],
)
def test_there_and_back(
    api: Api, running: str, stocked: Backend, there: Any, between: tuple[str, int], back: Any
) -> None:
    for body, states in ((there, between), (back, ("active", 1))):
        reply = api.post(f"/servers/{running}/action", body)
        assert (reply.status_int, reply.body) == (202, b"")
        row = settled(stocked, running)
        assert (row.vm_state, row.power_state) == states
    (gone,), (come,) = there, back
    assert events(stocked, running)[1:] == [
        (gone, f"compute_{gone}_instance", "Success"),
        (come, f"compute_{come}_instance", "Success"),
    ]


@pytest.mark.parametrize(
    ("body", "vm_state", "task_state"),
    [
        (PAUSE, "active", "pausing"),
        (UNPAUSE, "paused", "unpausing"),
        (SUSPEND, "active", "suspending"),
        (RESUME, "suspended", "resuming"),
        ({"pause": {"any": "thing"}}, "active", "pausing"),
    ],
)
def test_accepted(act: Any, stocked: Backend, body: Any, vm_state: str, task_state: str) -> None:
    reply = act(body, vm_state=vm_state)
    assert reply.status_int == 202
    row = rows.server(stocked, reply.uuid)
    assert (row.vm_state, row.task_state) == (vm_state, task_state)
    (name,) = body
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", name, "h1", {})
    assert rows.actions(stocked, reply.uuid)[-1].action == name


@pytest.mark.parametrize(
    ("body", "states", "words"),
    [
        (PAUSE, {"vm_state": "paused"}, ["'pause'", "vm_state paused"]),
        (PAUSE, {"vm_state": "stopped"}, ["'pause'", "vm_state stopped"]),
        (PAUSE, {"task_state": "pausing"}, ["'pause'", "task_state pausing"]),
        (UNPAUSE, {}, ["'unpause'", "vm_state active"]),
        (SUSPEND, {"vm_state": "suspended"}, ["'suspend'", "vm_state suspended"]),
        (RESUME, {}, ["'resume'", "vm_state active"]),
        (RESUME, {"vm_state": "suspended", "locked_by": "admin"}, ["is locked"]),
        (PAUSE, {"vm_state": "paused", "locked_by": "owner"}, ["is locked"]),
        (SUSPEND, {"launched_at": None}, ["'suspend'"]),
        (SUSPEND, {"host": None}, ["not ready"]),
    ],
)
def test_conflicts(act: Any, stocked: Backend, body: Any, states: dict[str, Any], words: list[str]) -> None:
    reply = act(body, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said
    assert rows.server(stocked, reply.uuid).task_state == states.get("task_state")
    assert [action.action for action in rows.actions(stocked, reply.uuid)] == ["create"]


@pytest.mark.parametrize(
    ("body", "policy"),
    [
        (PAUSE, "os-pause-server:pause"),
        (UNPAUSE, "os-pause-server:unpause"),
        (SUSPEND, "os-suspend-server:suspend"),
        (RESUME, "os-suspend-server:resume"),
    ],
)
def test_who_may(api: Api, act: Any, body: Any, policy: str) -> None:
    assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
    # The policy comes before the lock and the state.
    refused = act(body, caller=api.as_("rita", roles="reader"), locked_by="owner", vm_state="error")
    assert refused.status_int == 403
    assert f"os_compute_api:{policy}" in refused.json["forbidden"]["message"]


def test_administrators_pass_locks(api: Api, act: Any) -> None:
    assert act(PAUSE, caller=api.admin, locked_by="owner").status_int == 202


@pytest.mark.parametrize(("body", "operation"), [(PAUSE, "pause"), (SUSPEND, "suspend")])
def test_a_failure_leaves_the_server_as_it_was(
    api: Api, running: str, stocked: Backend, body: Any, operation: str
) -> None:
    stocked.conf.set_override("fail_operations", [operation], group="fake")
    assert api.post(f"/servers/{running}/action", body).status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("active", 1)
    assert "fails every" in fault(stocked, running).message
    (event,) = events(stocked, running)[1:]
    assert event == (operation, f"compute_{operation}_instance", "Error")
    assert rows.actions(stocked, running)[-1].message == "Error"


def test_a_hard_reboot_interrupts_a_pause(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("power_time", 0.3, group="fake")
    assert api.post(f"/servers/{running}/action", PAUSE).status_int == 202
    assert api.post(f"/servers/{running}/action", {"reboot": {"type": "HARD"}}).status_int == 202
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("active", 1)
    assert events(stocked, running)[-1] == ("reboot", "compute_reboot_instance", "Success")


def test_delete_wins(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("power_time", 0.3, group="fake")
    assert api.post(f"/servers/{running}/action", SUSPEND).status_int == 202
    assert api.delete(f"/servers/{running}").status_int == 204
    assert settled(stocked, running).deleted


def test_a_server_with_a_share_is_not_suspended_whoever_has_locked_it(act: Any, stocked: Backend) -> None:
    uuid = act(RESUME).uuid  # refused: it only makes the server
    with stocked.db.writer() as conn:
        row = {"uuid": "1" * 36, "share_id": "2" * 36, "status": "active", "tag": "t"}
        owner = rows.server(stocked, uuid).id
        conn.execute(sa.insert(server_shares).values(server_id=owner, export_location="x:/y", **row))
    reply = act(SUSPEND, locked_by="admin")
    assert reply.status_int == 409
    assert "share" in reply.json["conflictingRequest"]["message"]
