"""``/servers/{id}/shares`` (from 2.97)."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.backend import Backend
from nova_api.db.schema.share import server_shares, share_accesses
from nova_api.neighbours.shares import LocalShares
from tests.functional.api.servers import rows
from tests.functional.api.servers.conftest import HOST
from tests.functional.api.servers.waiting import until
from tests.functional.client import DEMO_PROJECT, Api

pytestmark = pytest.mark.usefixtures("workers")


@pytest.fixture
def server(api: Api, boot: Callable[..., Any], stocked: Backend) -> str:
    """A server that is off; ``api`` speaks 2.97."""
    uuid = str(boot(version="2.37", networks="none").json["server"]["id"])
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    assert api.post(f"/servers/{uuid}/action", {"os-stop": None}).status_int == 202
    until(lambda: rows.server(stocked, uuid).vm_state == "stopped")
    api.version = "2.97"
    return uuid


def share(stocked: Backend, **values: Any) -> str:
    """A share of the demo project; its id."""
    assert isinstance(stocked.shares, LocalShares)
    usual = {"project_id": DEMO_PROJECT, "export_location": "10.0.0.50:/mnt/foo"}
    return stocked.shares.create(usual | values)


def attach(api: Api, server: str, share_id: str, **more: Any) -> Any:
    return api.post(f"/servers/{server}/shares", {"share": {"share_id": share_id, **more}})


def test_given_and_taken(api: Api, stocked: Backend, server: str) -> None:
    mine = share(stocked)
    path = f"/servers/{server}/shares"
    assert api.get(path).json == {"shares": []}
    made = attach(api, server, mine)
    assert made.status_int == 201
    assert made.json == {"share": {"share_id": mine, "status": "attaching", "tag": mine}}
    until(lambda: api.get(f"{path}/{mine}").json["share"]["status"] == "inactive")
    assert api.get(path).json == {"shares": [{"share_id": mine, "status": "inactive", "tag": mine}]}
    shown = api.admin.get(f"{path}/{mine}").json["share"]
    assert shown["export_location"] == "10.0.0.50:/mnt/foo"
    assert len(shown["uuid"]) == 36
    found = pathlib.Path(stocked.conf.state_path) / "fake" / HOST / server / f"share.{mine}"
    assert found.read_text(encoding="utf-8") == "10.0.0.50:/mnt/foo"
    gone = api.delete(f"{path}/{mine}")
    assert (gone.status_int, gone.body) == (200, b"")
    until(lambda: api.get(f"{path}/{mine}").status_int == 404)
    assert not found.exists()
    until(lambda: all(action.finish_time for action in rows.actions(stocked, server)))
    done = [(action.action, action.message) for action in rows.actions(stocked, server)]
    assert done[2:] == [("attach_share", None), ("detach_share", None)]


def test_in_use_while_the_server_runs(api: Api, stocked: Backend, server: str) -> None:
    mine = share(stocked)
    attach(api, server, mine, tag="data")
    path = f"/servers/{server}/shares/{mine}"
    until(lambda: api.get(path).json["share"]["status"] == "inactive")
    assert api.post(f"/servers/{server}/action", {"os-start": None}).status_int == 202
    until(lambda: api.get(path).json["share"]["status"] == "active")
    for refused, verb in (
        (attach(api, server, share(stocked)), "create share"),
        (api.delete(path), "delete share"),
    ):
        assert refused.status_int == 409
        said = refused.json["conflictingRequest"]["message"]
        assert f"'{verb}'" in said
        assert "vm_state active" in said


def test_twice(api: Api, stocked: Backend, server: str) -> None:
    mine = share(stocked)
    assert attach(api, server, mine, tag="data").status_int == 201
    assert attach(api, server, mine).status_int == 409
    other = attach(api, server, share(stocked), tag="data")
    assert other.status_int == 409
    assert "data" in other.json["conflictingRequest"]["message"]


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"project_id": "0" * 32}, 404),
        ({"protocol": "CIFS"}, 409),
        ({"status": "error"}, 409),
        ({"export_location": None}, 409),
    ],
)
def test_unusable(api: Api, stocked: Backend, server: str, values: dict[str, Any], status: int) -> None:
    assert attach(api, server, share(stocked, **values)).status_int == status
    assert api.get(f"/servers/{server}/shares").json == {"shares": []}
    assert [action.action for action in rows.actions(stocked, server)] == ["create", "stop"]


def test_lookups_windows_policies(api: Api, stocked: Backend, server: str) -> None:
    path, mine = f"/servers/{server}/shares", share(stocked)
    assert api.get(path, version="2.96").status_int == 404
    assert api.get(path + "?x=1").status_int == 400
    assert api.get(f"{path}/{mine}").status_int == 404
    assert api.delete(f"{path}/{mine}").status_int == 404
    assert attach(api, server, mine, tag="a b").status_int == 400
    assert attach(api, "nobody", mine).status_int == 404
    assert api.as_("eve", "0" * 32).get(path).status_int == 403
    reader = api.as_("rita", roles="reader")
    assert reader.get(path).status_int == 200
    assert attach(reader, server, mine).status_int == 403


def test_a_host_that_cannot(api: Api, stocked: Backend, server: str) -> None:
    folder = pathlib.Path(stocked.conf.state_path) / "fake" / HOST / server
    for file in folder.iterdir():
        file.unlink()
    mine = share(stocked)
    assert attach(api, server, mine).status_int == 201
    path = f"/servers/{server}/shares/{mine}"
    until(lambda: api.get(path).json["share"]["status"] == "error")
    assert rows.server(stocked, server).vm_state == "stopped"
    until(lambda: rows.actions(stocked, server)[-1].message == "Error")
    assert api.delete(path).status_int == 200
    until(lambda: api.get(path).status_int == 404)


def test_delete_of_the_server_leaves_nothing(api: Api, stocked: Backend, server: str) -> None:
    mine = share(stocked)
    attach(api, server, mine)
    until(lambda: api.get(f"/servers/{server}/shares/{mine}").json["share"]["status"] == "inactive")
    assert api.delete(f"/servers/{server}").status_int == 204
    until(lambda: rows.server(stocked, server).deleted)
    with stocked.db.reader() as conn:
        assert conn.execute(sa.select(server_shares)).all() == []
        assert conn.execute(sa.select(share_accesses)).all() == []


def test_a_server_with_shares_is_not_moved_shelved_or_rebuilt(
    api: Api, stocked: Backend, server: str, image_id: str
) -> None:
    attach(api, server, share(stocked))
    for action, value, status in (
        ("resize", {"flavorRef": "2"}, 409),
        ("shelve", None, 409),
        ("rebuild", {"imageRef": image_id}, 400),
        ("migrate", None, 409),
        ("os-migrateLive", {"block_migration": "auto", "host": None}, 409),
        ("evacuate", {}, 409),
    ):
        refused = api.admin.post(f"/servers/{server}/action", {action: value})
        assert refused.status_int == status, action
        assert "share" in refused.text
