"""resize, confirmResize, revertResize."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.context import admin as administrator
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events, fault
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

pytestmark = pytest.mark.databases

SMALL = {"flavorRef": "2"}
MOVE = [
    ("resize", "conductor_migrate_server", "Success"),
    ("resize", "cold_migrate", "Success"),
    ("resize", "compute_prep_resize", "Success"),
    ("resize", "compute_resize_instance", "Success"),
    ("resize", "compute_finish_resize", "Success"),
]
CREATED = ("create", "compute__do_build_and_run_instance", "Success")


def test_resized_and_confirmed(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    before = cloud.api.admin.get(f"/servers/{uuid}", version="2.47").json["server"]
    cloud.act(uuid, "resize", SMALL)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host, row.node) == ("resized", 1, "host2", "host2")
    assert (row.flavorid, row.vcpus, row.memory_mb, row.root_gb) == ("2", 1, 2048, 20)
    shown = cloud.api.admin.get(f"/servers/{uuid}", version="2.47").json["server"]
    assert (shown["status"], shown["flavor"]["original_name"]) == ("VERIFY_RESIZE", "m1.small")
    assert shown["addresses"] == before["addresses"]
    # Until it is decided, the server is on both hosts.
    assert cloud.guests(uuid) == {"host1": ["aside"], "host2": ["1"]}
    assert cloud.claims(uuid) == {"host1": 512, "host2": 2048}
    assert cloud.port_hosts(uuid) == {"host2"}
    assert cloud.migrations(uuid) == [("resize", "finished", "host1", "host2")]

    cloud.act(uuid, "confirmResize", status=204)
    row = cloud.settled(uuid)
    until(lambda: cloud.migrations(uuid) == [("resize", "confirmed", "host1", "host2")])
    assert (row.vm_state, row.host) == ("active", "host2")
    assert cloud.guests(uuid) == {"host2": ["1"]}
    assert cloud.claims(uuid) == {"host2": 2048}
    assert cloud.used() == {"host1": (0, 0, 0), "host2": (1, 2048, 20)}
    confirmed = ("confirmResize", "compute_confirm_resize", "Success")
    assert events(cloud.backend, uuid) == [CREATED, *MOVE, confirmed]


def test_resized_and_reverted(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "os-stop")
    cloud.settled(uuid)
    cloud.act(uuid, "resize", SMALL)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host) == ("resized", 4, "host2")
    cloud.act(uuid, "revertResize")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host, row.node) == ("stopped", 4, "host1", "host1")
    assert (row.flavorid, row.memory_mb, row.root_gb) == ("1", 512, 1)
    assert cloud.guests(uuid) == {"host1": ["4"]}
    assert cloud.claims(uuid) == {"host1": 512}
    assert cloud.used()["host2"] == (0, 0, 0)
    assert cloud.port_hosts(uuid) == {"host1"}
    assert cloud.migrations(uuid) == [("resize", "reverted", "host1", "host2")]
    assert events(cloud.backend, uuid)[-2:] == [
        ("revertResize", "compute_revert_resize", "Success"),
        ("revertResize", "compute_finish_revert_resize", "Success"),
    ]


def test_where_it_is_when_that_is_allowed(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("allow_resize_to_same_host", True)
    cloud.start("host1")
    uuid = cloud.boot()
    for decision, status, flavor, memory in (
        ("revertResize", 202, "1", 512),
        ("confirmResize", 204, "2", 2048),
    ):
        cloud.act(uuid, "resize", SMALL)
        assert cloud.settled(uuid).vm_state == "resized"
        assert sorted(cloud.guests(uuid)["host1"]) == ["1", "aside"]
        assert cloud.claims(uuid) == {"host1": 512 + 2048}
        cloud.act(uuid, decision, status=status)
        row = cloud.settled(uuid)
        assert (row.vm_state, row.flavorid, row.host) == ("active", flavor, "host1")
        assert cloud.guests(uuid) == {"host1": ["1"]}
        assert cloud.claims(uuid) == {"host1": memory}
        assert cloud.used()["host1"][1] == memory


def test_no_host_leaves_it_where_it_is(cloud: Cloud) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    cloud.act(uuid, "resize", SMALL)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, row.flavorid) == ("active", "host1", "1")
    assert "No valid host was found" in fault(cloud.backend, uuid).message
    assert cloud.claims(uuid) == {"host1": 512}
    assert cloud.migrations(uuid) == [("resize", "error", "host1", None)]
    assert rows.actions(cloud.backend, uuid)[-1].message == "Error"
    assert {result for action, _, result in events(cloud.backend, uuid) if action == "resize"} == {"Error"}


def test_a_host_that_refuses_is_passed_over(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("fail_hosts", ["host2"], group="fake")
    # The scheduler prefers the emptier host: the one that refuses.
    cloud.start("host1", "host2", "host3")
    uuid, other = cloud.boot(), cloud.boot("host3")
    cloud.act(uuid, "resize", SMALL)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host) == ("resized", "host3")
    assert cloud.claims(uuid) == {"host1": 512, "host3": 2048}
    assert cloud.used()["host2"] == (0, 0, 0)
    assert ("resize", "compute_prep_resize", "Error") in events(stocked, uuid)
    assert cloud.settled(other).host == "host3"


def test_every_host_refuses(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("fail_hosts", ["host2"], group="fake")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "resize", SMALL)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, row.flavorid) == ("active", "host1", "1")
    assert cloud.guests(uuid) == {"host1": ["1"]}
    assert cloud.used() == {"host1": (1, 512, 1), "host2": (0, 0, 0)}


def test_lost_on_the_way_is_an_error_on_the_new_host(cloud: Cloud, stocked: Backend) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    # A file where the server's folder would be: the destination can make nothing.
    place = Path(stocked.conf.state_path) / "fake" / "host2"
    place.mkdir(parents=True, exist_ok=True)
    (place / uuid).write_text("")
    cloud.act(uuid, "resize", SMALL)
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, row.flavorid) == ("error", "host2", "2")
    assert cloud.claims(uuid) == {"host2": 2048}
    assert cloud.migrations(uuid) == [("resize", "error", "host1", "host2")]
    (place / uuid).unlink()
    assert cloud.api.admin.delete(f"/servers/{uuid}").status_int == 204
    cloud.nothing_left(uuid)


def test_confirms_itself_after_the_window(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("resize_confirm_window", 1)
    stocked.conf.set_override("periodic_interval", 0.1, group="work")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "resize", SMALL)
    assert cloud.settled(uuid).vm_state == "resized"
    until(lambda: cloud.migrations(uuid)[0][1] == "confirmed")
    assert cloud.settled(uuid).vm_state == "active"
    assert cloud.claims(uuid) == {"host2": 2048}
    assert [action.action for action in rows.actions(stocked, uuid)] == ["create", "resize", "confirmResize"]


def test_deleted_while_it_waits_to_be_confirmed(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "resize", SMALL)
    cloud.settled(uuid)
    assert cloud.api.admin.delete(f"/servers/{uuid}").status_int == 204
    cloud.nothing_left(uuid)
    assert cloud.used() == {"host1": (0, 0, 0), "host2": (0, 0, 0)}
    until(lambda: all(action.finish_time for action in rows.actions(cloud.backend, uuid)))
    assert [action.action for action in rows.actions(cloud.backend, uuid)][2:] == ["confirmResize", "delete"]
    assert cloud.migrations(uuid) == [("resize", "confirmed", "host1", "host2")]
    assert events(cloud.backend, uuid)[-2:] == [
        ("confirmResize", "compute_confirm_resize", "Success"),
        ("delete", "compute_terminate_instance", "Success"),
    ]


@pytest.mark.parametrize("task_state", ["resize_prep", "resize_migrating", "resize_finish"])
def test_deleted_on_the_way(cloud: Cloud, stocked: Backend, task_state: str) -> None:
    stocked.conf.set_override("move_time", 0.3, group="fake")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "resize", SMALL)
    if task_state != "resize_prep":
        until(lambda: rows.server(stocked, uuid).task_state == task_state)
    assert cloud.api.admin.delete(f"/servers/{uuid}").status_int == 204
    cloud.nothing_left(uuid)
    assert cloud.used() == {"host1": (0, 0, 0), "host2": (0, 0, 0)}


@pytest.mark.parametrize(("task_state", "dies"), [("resize_migrating", "host1"), ("resize_finish", "host2")])
def test_a_step_may_be_done_twice(cloud: Cloud, stocked: Backend, task_state: str, dies: str) -> None:
    """A host that starts anew takes over the step at work, and its predecessor finds that it is late."""
    stocked.conf.set_override("move_time", 0.5, group="fake")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "resize", SMALL)
    until(lambda: rows.server(stocked, uuid).task_state == task_state)
    cloud.restart(dies)
    assert cloud.settled(uuid).vm_state == "resized"
    assert cloud.guests(uuid) == {"host1": ["aside"], "host2": ["1"]}
    assert cloud.claims(uuid) == {"host1": 512, "host2": 2048}
    assert [event for event in events(stocked, uuid) if event[0] == "resize"] == MOVE


def test_quotas_hold_against_growth(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("ram", 2048 + 512, group="quota")
    stocked.conf.set_override("move_time", 0.4, group="fake")
    cloud.start("host1", "host2")
    first, second = cloud.boot(), cloud.boot()
    cloud.act(first, "resize", SMALL)
    # The first has not arrived yet, and its growth is counted already.
    refused = cloud.act(second, "resize", SMALL, status=403)
    said = refused.json["forbidden"]["message"]
    assert "Quota exceeded for ram: Requested 1536, but already used 2560 of 2560 ram" in said
    cloud.settled(first)
    cloud.act(second, "resize", SMALL, status=403)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"flavorRef": "1"}, "another flavor"),
        ({"flavorRef": "99"}, "Flavor 99 could not be found."),
        ({"flavorRef": "zero"}, "no disk"),
        ({"flavorRef": "tight"}, "memory is too small"),
    ],
)
def test_flavors_that_will_not_do(cloud: Cloud, stocked: Backend, value: Any, words: str) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    for name, memory, disk in (("zero", 512, 0), ("tight", 64, 1)):
        body = {"id": name, "name": name, "ram": memory, "vcpus": 1, "disk": disk}
        assert cloud.api.admin.post("/flavors", {"flavor": body}).status_int == 200
    if "tight" in value.values():
        image = rows.server(stocked, uuid).image_id
        stocked.images.update(administrator(), image, {"min_ram": 128})
    said = cloud.act(uuid, "resize", value, status=400).json["badRequest"]["message"]
    assert words in said
    assert cloud.settled(uuid).vm_state == "active"


def test_nothing_to_confirm(act: Any) -> None:
    for name in ("confirmResize", "revertResize"):
        reply = act({name: None})
        assert reply.status_int == 409
        assert f"'{name}'" in reply.json["conflictingRequest"]["message"]
        assert act({name: None}, vm_state="resized").status_int == 400


@pytest.mark.parametrize(
    ("states", "status", "words"),
    [
        ({"vm_state": "paused"}, 409, "vm_state paused"),
        ({"task_state": "rebooting"}, 409, "task_state rebooting"),
        ({"locked_by": "owner"}, 409, "is locked"),
        ({}, 409, "down"),
    ],
)
def test_refusals(act: Any, states: dict[str, Any], status: int, words: str) -> None:
    reply = act({"resize": SMALL}, **states)
    assert reply.status_int == status
    assert words in reply.json["conflictingRequest"]["message"]


def test_who_may(api: Api, act: Any) -> None:
    for name, value, policy in (
        ("resize", SMALL, "resize"),
        ("confirmResize", None, "confirm_resize"),
        ("revertResize", None, "revert_resize"),
    ):
        assert act({name: value}, caller=api.as_("eve", "0" * 32)).status_int == 404
        refused = act({name: value}, caller=api.as_("rita", roles="reader"))
        assert refused.status_int == 403
        assert f"os_compute_api:servers:{policy}" in refused.json["forbidden"]["message"]
