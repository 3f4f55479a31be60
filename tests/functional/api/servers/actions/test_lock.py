"""lock, unlock."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api.backend import Backend
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.settled import events
from tests.functional.client import Api

LOCK, UNLOCK = {"lock": None}, {"unlock": None}


def test_owners_lock(api: Api, act: Any, stocked: Backend) -> None:
    reply = act(LOCK)
    assert (reply.status_int, reply.body) == (202, b"")
    assert rows.server(stocked, reply.uuid).locked_by == "owner"
    shown = api.get(f"/servers/{reply.uuid}", version="2.73").json["server"]
    assert (shown["locked"], shown["locked_reason"]) == (True, None)
    assert events(stocked, reply.uuid) == [("lock", "api_lock", "Success")]

    assert api.post(f"/servers/{reply.uuid}/action", {"pause": None}).status_int == 409
    assert api.post(f"/servers/{reply.uuid}/action", UNLOCK).status_int == 202
    assert rows.server(stocked, reply.uuid).locked_by is None
    assert events(stocked, reply.uuid)[-1] == ("unlock", "api_unlock", "Success")
    assert all(action.finish_time for action in rows.actions(stocked, reply.uuid)[1:])


def test_reason(api: Api, act: Any, stocked: Backend) -> None:
    reply = act({"lock": {"locked_reason": "repairs"}}, version="2.73")
    assert reply.status_int == 202
    assert api.get(f"/servers/{reply.uuid}", version="2.73").json["server"]["locked_reason"] == "repairs"
    api.post(f"/servers/{reply.uuid}/action", UNLOCK, version="2.73")
    assert api.get(f"/servers/{reply.uuid}", version="2.73").json["server"]["locked_reason"] is None


@pytest.mark.parametrize("value", [None, {}, {"any": "thing"}, {"locked_reason": "x"}, [1], "text"])
def test_to_2_72_the_value_means_nothing(act: Any, stocked: Backend, value: Any) -> None:
    reply = act({"lock": value}, version="2.72")
    assert reply.status_int == 202
    row = rows.server(stocked, reply.uuid)
    assert (row.locked_by, row.locked_reason) == ("owner", None)


@pytest.mark.parametrize(
    "value",
    [{"locked_reason": ""}, {"locked_reason": "x" * 256}, {"locked_reason": None}, {"why": "x"}, "text"],
)
def test_400(act: Any, value: Any) -> None:
    assert act({"lock": value}, version="2.73").status_int == 400


def test_an_owner_locks_a_locked_server_without_effect(act: Any, stocked: Backend) -> None:
    reply = act(LOCK, locked_by="admin")
    assert reply.status_int == 202
    assert rows.server(stocked, reply.uuid).locked_by == "admin"
    assert [action.action for action in rows.actions(stocked, reply.uuid)] == ["create"]


def test_an_administrators_lock(api: Api, act: Any, stocked: Backend) -> None:
    reply = act(LOCK, caller=api.admin)
    assert rows.server(stocked, reply.uuid).locked_by == "admin"
    refused = api.post(f"/servers/{reply.uuid}/action", UNLOCK)
    assert refused.status_int == 403
    assert "os-lock-server:unlock:unlock_override" in refused.json["forbidden"]["message"]
    assert rows.server(stocked, reply.uuid).locked_by == "admin"
    assert api.admin.post(f"/servers/{reply.uuid}/action", UNLOCK).status_int == 202
    assert rows.server(stocked, reply.uuid).locked_by is None


def test_an_administrator_takes_over_and_may_unlock_an_owners(api: Api, act: Any, stocked: Backend) -> None:
    reply = act(LOCK, caller=api.admin, locked_by="owner")
    assert rows.server(stocked, reply.uuid).locked_by == "admin"
    assert act(UNLOCK, caller=api.admin, locked_by="owner").status_int == 202
    assert rows.server(stocked, reply.uuid).locked_by is None


def test_any_state_will_do(act: Any) -> None:
    for states in ({"vm_state": "building", "launched_at": None, "host": None}, {"task_state": "deleting"}):
        assert act(LOCK, **states).status_int == 202
        assert act(UNLOCK, **states).status_int == 202


def test_who_may(api: Api, act: Any) -> None:
    for body, name in ((LOCK, "lock"), (UNLOCK, "unlock")):
        assert act(body, caller=api.as_("eve", "0" * 32)).status_int == 404
        refused = act(body, caller=api.as_("rita", roles="reader"))
        assert refused.status_int == 403
        assert f"os_compute_api:os-lock-server:{name}" in refused.json["forbidden"]["message"]
