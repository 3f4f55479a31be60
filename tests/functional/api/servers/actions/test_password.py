"""changePassword."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import events, fault, settled
from tests.functional.client import Api

CHANGE = {"changePassword": {"adminPass": "s3cret"}}


def test_done_when_the_reply_comes(api: Api, running: str, stocked: Backend) -> None:
    reply = api.post(f"/servers/{running}/action", CHANGE)
    assert (reply.status_int, reply.body) == (202, b"")
    row = rows.server(stocked, running)
    assert (row.vm_state, row.task_state) == ("active", None)
    assert events(stocked, running)[-1] == ("changePassword", "compute_set_admin_password", "Success")
    assert rows.work(stocked, running) == []


def test_not_supported(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("unsupported", ["set_admin_password"], group="fake")
    reply = api.post(f"/servers/{running}/action", CHANGE)
    assert reply.status_int == 501
    assert "set admin password" in reply.json["notImplemented"]["message"]
    row = settled(stocked, running)
    assert (row.vm_state, row.task_state) == ("active", None)
    assert events(stocked, running)[-1] == ("changePassword", "compute_set_admin_password", "Error")


def test_a_failure_is_told_and_leaves_the_server_usable(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("fail_operations", ["set_admin_password"], group="fake")
    reply = api.post(f"/servers/{running}/action", CHANGE)
    assert reply.status_int == 409
    assert "fails every set_admin_password" in reply.json["conflictingRequest"]["message"]
    assert settled(stocked, running).vm_state == "active"
    assert "fails every set_admin_password" in fault(stocked, running).message
    stocked.conf.clear_override("fail_operations", group="fake")
    assert api.post(f"/servers/{running}/action", CHANGE).status_int == 202


def test_a_host_that_takes_too_long(api: Api, running: str, stocked: Backend) -> None:
    stocked.conf.set_override("power_time", 2.0, group="fake")
    stocked.conf.set_override("call_timeout", 1, group="work")
    reply = api.post(f"/servers/{running}/action", CHANGE)
    assert reply.status_int == 503
    assert "did not answer in time" in reply.json["serviceUnavailable"]["message"]
    # It is done all the same.
    assert settled(stocked, running).task_state is None
    assert events(stocked, running)[-1] == ("changePassword", "compute_set_admin_password", "Success")


def test_a_host_that_is_down(act: Any, stocked: Backend) -> None:
    reply = act(CHANGE)
    assert reply.status_int == 409
    assert "service is down" in reply.json["conflictingRequest"]["message"]
    assert rows.server(stocked, reply.uuid).task_state is None
    assert [action.action for action in rows.actions(stocked, reply.uuid)] == ["create"]


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"vm_state": "stopped"}, ["'changePassword'", "vm_state stopped"]),
        ({"task_state": "rebooting"}, ["'changePassword'", "task_state rebooting"]),
        ({"launched_at": None}, ["'changePassword'"]),
        # The handler has no words of its own for locks.
        ({"locked_by": "owner"}, ["'changePassword'", "locked True"]),
    ],
)
def test_conflicts(act: Any, states: dict[str, Any], words: list[str]) -> None:
    reply = act(CHANGE, **states)
    assert reply.status_int == 409
    said = reply.json["conflictingRequest"]["message"]
    assert all(word in said for word in [reply.uuid, *words]), said


@pytest.mark.parametrize(
    "value", [None, {}, {"adminPass": None}, {"adminPass": 1}, {"adminPass": "x", "y": 1}]
)
def test_400(act: Any, value: Any) -> None:
    assert act({"changePassword": value}).status_int == 400


def test_who_may(api: Api, act: Any) -> None:
    assert act(CHANGE, caller=api.as_("eve", "0" * 32)).status_int == 404
    refused = act(CHANGE, caller=api.as_("rita", roles="reader"))
    assert refused.status_int == 403
    assert "os_compute_api:os-admin-password" in refused.json["forbidden"]["message"]
