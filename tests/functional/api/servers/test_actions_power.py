"""os-start, os-stop, reboot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.db.schema.base import utcnow
from tests.functional.api.servers import rows
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

Boot = Callable[..., Any]

STOP, START = {"os-stop": None}, {"os-start": None}
SOFT, HARD = {"reboot": {"type": "SOFT"}}, {"reboot": {"type": "Hard"}}


@pytest.fixture
def act(api: Api, boot: Boot, stocked: Backend) -> Callable[..., Any]:
    """Does an action to a launched server that was put into the states of the keywords."""
    uuid = boot().json["server"]["id"]

    def post(body: dict[str, Any], caller: Api | None = None, **states: Any) -> Any:
        running = {"vm_state": "active", "task_state": None, "host": "h1", "launched_at": utcnow()}
        rows.change(stocked, uuid, **running | states)
        reply = (caller or api).post(f"/servers/{uuid}/action", body)
        reply.uuid = uuid
        return reply

    return post


@pytest.mark.parametrize(
    ("body", "vm_state", "task_state", "work", "action"),
    [
        (STOP, "active", "powering-off", ("stop", {}), "stop"),
        (STOP, "error", "powering-off", ("stop", {}), "stop"),
        (START, "stopped", "powering-on", ("start", {}), "start"),
        (SOFT, "active", "rebooting", ("reboot", {"type": "SOFT"}), "reboot"),
        (HARD, "active", "rebooting_hard", ("reboot", {"type": "HARD"}), "reboot"),
        (HARD, "stopped", "rebooting_hard", ("reboot", {"type": "HARD"}), "reboot"),
        ({"os-stop": {"any": "thing"}}, "active", "powering-off", ("stop", {}), "stop"),
    ],
)
def test_accepted(
    act: Any, stocked: Backend, body: Any, vm_state: str, task_state: str, work: Any, action: str
) -> None:
    reply = act(body, vm_state=vm_state)
    assert (reply.status_int, reply.body) == (202, b"")
    row = rows.server(stocked, reply.uuid)
    assert (row.vm_state, row.task_state) == (vm_state, task_state)
    assert rows.work(stocked, reply.uuid)[-1] == ("compute", work[0], "h1", work[1])
    begun = rows.actions(stocked, reply.uuid)[-1]
    assert (begun.action, begun.user_id, begun.finish_time) == (action, "demo", None)


@pytest.mark.parametrize(
    ("body", "states", "words"),
    [
        (STOP, {"vm_state": "stopped"}, ["'stop'", "vm_state stopped"]),
        (START, {"vm_state": "active"}, ["'start'", "vm_state active"]),
        (STOP, {"task_state": "powering-off"}, ["'stop'", "task_state powering-off"]),
        (SOFT, {"vm_state": "stopped"}, ["'reboot'", "vm_state stopped"]),
        (SOFT, {"task_state": "rebooting"}, ["'reboot'", "task_state rebooting"]),
        (HARD, {"task_state": "powering-off"}, ["'reboot'", "task_state powering-off"]),
        (STOP, {"launched_at": None}, ["'stop'"]),
        (STOP, {"host": None}, ["not ready"]),
        (HARD, {"host": None, "vm_state": "error"}, ["not ready"]),
        (STOP, {"locked_by": "owner"}, ["is locked"]),
    ],
)
def test_conflicts(act: Any, stocked: Backend, body: Any, states: dict[str, Any], words: list[str]) -> None:
    reply = act(body, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said
    assert rows.server(stocked, reply.uuid).task_state == states.get("task_state")
    assert [action.action for action in rows.actions(stocked, reply.uuid)] == ["create"]


def test_hard_reboot_interrupts_a_soft_one(act: Any, stocked: Backend) -> None:
    reply = act(HARD, task_state="reboot_started")
    assert reply.status_int == 202
    assert rows.server(stocked, reply.uuid).task_state == "rebooting_hard"


@pytest.mark.parametrize(
    "body",
    [
        {"reboot": {}},
        {"reboot": {"type": "warm"}},
        {"reboot": {"type": "SOFT", "more": 1}},
        {"reboot": None},
        {"reboot": {"type": "SOFT"}, "os-stop": None},
        {"os-launch": None},
        {},
    ],
)
def test_400(act: Any, body: Any) -> None:
    assert act(body).status_int == 400


def test_who_may(api: Api, act: Any) -> None:
    assert act(STOP, caller=api.as_("eve", "0" * 32)).status_int == 404
    for body, name in ((STOP, "stop"), (START, "start"), (SOFT, "reboot")):
        refused = act(body, caller=api.as_("rita", roles="reader"))
        assert refused.status_int == 403
        assert f"os_compute_api:servers:{name}" in refused.json["forbidden"]["message"]
    assert act(STOP, caller=api.admin, locked_by="owner").status_int == 202


@pytest.mark.usefixtures("workers")
def test_off_and_on_again(api: Api, boot: Boot, stocked: Backend) -> None:
    uuid = boot().json["server"]["id"]

    def reaches(vm_state: str, power_state: int) -> None:
        until(
            lambda: (
                (row := rows.server(stocked, uuid)).task_state is None
                and (row.vm_state, row.power_state) == (vm_state, power_state)
            )
        )

    reaches("active", 1)
    for body, vm_state, power_state in ((STOP, "stopped", 4), (START, "active", 1), (SOFT, "active", 1)):
        assert api.post(f"/servers/{uuid}/action", body).status_int == 202
        reaches(vm_state, power_state)
    assert [action.message for action in rows.actions(stocked, uuid)] == [None] * 4
    until(lambda: all(action.finish_time for action in rows.actions(stocked, uuid)))
