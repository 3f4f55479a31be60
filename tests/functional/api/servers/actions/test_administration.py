"""os-resetState, injectNetworkInfo, trigger_crash_dump."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import events, settled
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

INJECT, DUMP = {"injectNetworkInfo": None}, {"trigger_crash_dump": None}


def reset(state: Any) -> dict[str, Any]:
    return {"os-resetState": {"state": state}}


@pytest.mark.parametrize("state", ["active", "error"])
def test_reset(api: Api, act: Any, stocked: Backend, state: str) -> None:
    reply = act(reset(state), caller=api.admin, vm_state="paused", task_state="unpausing", locked_by="owner")
    assert (reply.status_int, reply.body) == (202, b"")
    row = rows.server(stocked, reply.uuid)
    assert (row.vm_state, row.task_state) == (state, None)
    action = rows.actions(stocked, reply.uuid)[-1]
    assert (action.action, action.message, action.finish_time is None) == ("resetState", None, False)
    assert events(stocked, reply.uuid) == []


@pytest.mark.parametrize(
    "body",
    [reset("paused"), reset(None), reset("ACTIVE"), {"os-resetState": None}, {"os-resetState": {}}],
)
def test_reset_400(api: Api, act: Any, body: Any) -> None:
    assert act(body, caller=api.admin).status_int == 400


def test_reset_drops_what_has_not_begun(api: Api, act: Any, stocked: Backend) -> None:
    reply = act({"pause": None})
    assert rows.server(stocked, reply.uuid).task_state == "pausing"
    api.admin.post(f"/servers/{reply.uuid}/action", reset("error"))
    row = rows.server(stocked, reply.uuid)
    assert (row.vm_state, row.task_state) == ("error", None)


def test_what_an_administrator_says_stands_over_what_a_host_finishes_later(
    api: Api, running: str, stocked: Backend
) -> None:
    stocked.conf.set_override("power_time", 0.5, group="fake")
    api.post(f"/servers/{running}/action", {"pause": None})
    until(lambda: events(stocked, running)[-1][1] == "compute_pause_instance")
    api.admin.post(f"/servers/{running}/action", reset("error"))
    assert settled(stocked, running).vm_state == "error"


def test_inject(api: Api, running: str, stocked: Backend) -> None:
    reply = api.admin.post(f"/servers/{running}/action", INJECT)
    assert (reply.status_int, reply.body) == (202, b"")
    row = settled(stocked, running)
    assert (row.vm_state, row.task_state) == ("active", None)
    assert [action.action for action in rows.actions(stocked, running)] == ["create"]


def test_inject_conflicts(api: Api, act: Any) -> None:
    assert act(INJECT, caller=api.admin, host=None).status_int == 409
    # Any state will do.
    assert act(INJECT, caller=api.admin, vm_state="error", task_state="rebooting").status_int == 202


def test_crash_dump(api: Api, running: str, stocked: Backend) -> None:
    reply = api.post(f"/servers/{running}/action", DUMP, version="2.17")
    assert (reply.status_int, reply.body) == (202, b"")
    row = settled(stocked, running)
    assert (row.vm_state, row.power_state) == ("active", 1)
    assert events(stocked, running)[-1] == ("trigger_crash_dump", "compute_trigger_crash_dump", "Success")


def test_crash_dump_fails(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("unsupported", ["inject_nmi"], group="fake")
    assert api.post(f"/servers/{running}/action", DUMP, version="2.17").status_int == 202
    assert settled(stocked, running).vm_state == "active"
    assert events(stocked, running)[-1] == ("trigger_crash_dump", "compute_trigger_crash_dump", "Error")


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"vm_state": "stopped"}, ["'trigger_crash_dump'", "vm_state stopped"]),
        ({"task_state": "rebooting"}, ["'trigger_crash_dump'", "task_state rebooting"]),
        ({"locked_by": "owner"}, ["is locked"]),
        ({"host": None}, ["not ready"]),
        ({"launched_at": None}, ["'trigger_crash_dump'"]),
    ],
)
def test_crash_dump_conflicts(act: Any, states: dict[str, Any], words: list[str]) -> None:
    reply = act(DUMP, version="2.17", **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said


def test_crash_dump_window(act: Any) -> None:
    assert act(DUMP, version="2.16").status_int == 404
    assert act({"trigger_crash_dump": {}}, version="2.17").status_int == 400


def test_who_may(api: Api, act: Any) -> None:
    for body, name in ((reset("error"), "reset_state"), (INJECT, "inject_network_info")):
        refused = act(body)
        assert refused.status_int == 403
        assert f"os_compute_api:os-admin-actions:{name}" in refused.json["forbidden"]["message"]
        assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
    refused = act(DUMP, caller=api.as_("rita", roles="reader"), version="2.17")
    assert refused.status_int == 403
    assert "os_compute_api:servers:trigger_crash_dump" in refused.json["forbidden"]["message"]
