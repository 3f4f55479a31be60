"""evacuate: off a host that is dead."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.compute import abandoned
from nova_api.context import admin
from tests.functional.api.servers import rows
from tests.functional.api.servers.actions.moving import Cloud
from tests.functional.api.servers.actions.settled import events, fault
from tests.functional.api.servers.volumes import status, volume
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api

OLD = {"onSharedStorage": False}


@pytest.mark.parametrize(
    ("version", "value", "vm_state"),
    [
        ("2.1", OLD, "active"),
        ("2.14", {"host": "host2"}, "active"),
        ("2.29", {"host": "host2", "force": True}, "active"),
        ("2.68", {"host": "host2", "adminPass": "secret"}, "active"),
        ("2.95", {}, "stopped"),
    ],
)
def test_made_anew_elsewhere(cloud: Cloud, version: str, value: Any, vm_state: str) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    reply = cloud.act(uuid, "evacuate", value, status=200, version=version)
    if version == "2.1":
        assert len(reply.json["adminPass"]) == 12
    else:
        assert reply.body == b""
    row = cloud.settled(uuid)
    power = 1 if vm_state == "active" else 4
    assert (row.vm_state, row.power_state, row.host, row.node) == (vm_state, power, "host2", "host2")
    assert cloud.guests(uuid)["host2"] == [str(power)]
    assert cloud.claims(uuid) == {"host2": 512}
    assert cloud.used()["host1"] == (0, 0, 0)
    assert cloud.port_hosts(uuid) == {"host2"}
    # Its old host has not been back yet.
    assert cloud.migrations(uuid) == [("evacuation", "done", "host1", "host2")]
    names = [event for action, event, _ in events(cloud.backend, uuid) if action == "evacuate"]
    stopped = ["compute_stop_instance"] if vm_state == "stopped" else []
    assert names == ["rebuild_server", "compute_rebuild_instance", *stopped]


def test_a_host_that_comes_back_clears_up(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    cloud.settled(uuid)
    assert set(cloud.guests(uuid)) == {"host1", "host2"}
    cloud.restart("host1")
    assert cloud.guests(uuid) == {"host2": ["1"]}
    assert cloud.migrations(uuid)[0][1] == "completed"


def test_a_stopped_one_stays_off(cloud: Cloud) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "os-stop")
    cloud.settled(uuid)
    cloud.down("host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host) == ("stopped", 4, "host2")


def test_what_was_under_way_is_over(cloud: Cloud, stocked: Backend) -> None:
    """Any task_state will do; what the dead host was to do is not done when it is back."""
    stocked.conf.set_override("power_time", 30.0, group="fake")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.act(uuid, "reboot", {"type": "HARD"})
    until(lambda: rows.server(stocked, uuid).task_state == "reboot_started_hard")
    stocked.conf.set_override("graceful_shutdown_timeout", 0, group="work")
    cloud.down("host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.task_state, row.host) == ("active", None, "host2")
    reboot = next(action for action in rows.actions(stocked, uuid) if action.action == "reboot")
    assert (reboot.message, reboot.finish_time is not None) == ("Error", True)


def test_no_host_is_an_error(cloud: Cloud) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    cloud.down("host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.power_state, row.host) == ("error", 1, "host1")
    assert "No valid host" in fault(cloud.backend, uuid).message
    assert cloud.migrations(uuid) == [("evacuation", "error", "host1", None)]
    assert cloud.claims(uuid) == {"host1": 512}
    # And once there is one, it can be tried again.
    cloud.start("host2", scheduler=False)
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    assert cloud.settled(uuid).vm_state == "active"


def test_a_host_that_cannot_make_it(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("fail_hosts", ["host2"], group="fake")
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    row = cloud.settled(uuid)
    assert (row.vm_state, row.host, cloud.claims(uuid)) == ("error", "host1", {"host1": 512})
    assert set(cloud.guests(uuid)) == {"host1"}


def test_deleted_on_the_way(cloud: Cloud, stocked: Backend) -> None:
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    stocked.conf.set_override("build_time", 30.0, group="fake")
    cloud.down("host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    until(lambda: rows.server(stocked, uuid).task_state == "rebuild_spawning")
    until(lambda: "host2" in cloud.guests(uuid))
    assert cloud.api.admin.delete(f"/servers/{uuid}").status_int == 204
    until(lambda: rows.server(stocked, uuid).deleted and not rows.work(stocked, uuid))
    until(lambda: set(cloud.guests(uuid)) <= {"host1"})
    assert cloud.claims(uuid) == {}
    assert cloud.used() == {"host1": (0, 0, 0), "host2": (0, 0, 0)}
    # What the dead host has it removes when it is back.
    cloud.restart("host1")
    cloud.nothing_left(uuid)


class Killed(BaseException):
    """What a request meets where its process dies."""


@pytest.mark.parametrize("killed", [False, True])
def test_what_the_dead_host_was_to_do_is_taken_back(
    cloud: Cloud, stocked: Backend, killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody will ever fill the image, nor let go of the volume; ``killed``: nor does the request do it."""
    cloud.start("host1", "host2")
    uuid, disk = cloud.boot(), volume(stocked)
    path = f"/servers/{uuid}/os-volume_attachments"
    assert cloud.api.admin.post(path, {"volumeAttachment": {"volumeId": disk}}).status_int == 200
    until(lambda: status(stocked, disk) == "in-use" and not rows.work(stocked, uuid))
    cloud.stop("host1")
    # Accepted in the moment in which the host dies.
    assert cloud.api.admin.delete(f"{path}/{disk}").status_int == 202
    cloud.act(uuid, "createImage", {"name": "snap"})
    assert status(stocked, disk) == "detaching"
    cloud.down("host1")
    if killed:
        stocked.conf.set_override("lease", 2, group="work")

        def die(*_: Any) -> None:
            raise Killed

        monkeypatch.setattr(abandoned.Dropped, "take_back", die)
        with pytest.raises(Killed):
            cloud.api.admin.post(f"/servers/{uuid}/action", {"evacuate": {}}, version="2.68")
        assert len(stocked.images.list(admin())) == 2
    else:
        cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
        assert len(stocked.images.list(admin())) == 1
        assert status(stocked, disk) == "in-use"
    until(lambda: [image.name for image in stocked.images.list(admin())] == ["cirros"])
    until(lambda: status(stocked, disk) == "in-use")
    assert cloud.settled(uuid).host == "host2"


def test_what_an_earlier_move_has_left_goes(cloud: Cloud) -> None:
    """It was reset while it waited for its confirmation, so the guest set aside waits for nothing."""
    cloud.start("host1", "host2", "host3")
    uuid = cloud.boot()
    cloud.act(uuid, "migrate", {"host": "host2"}, version="2.56")
    assert cloud.settled(uuid).vm_state == "resized"
    cloud.act(uuid, "os-resetState", {"state": "error"})
    assert cloud.guests(uuid) == {"host1": ["aside"], "host2": ["1"]}
    cloud.down("host2")
    cloud.act(uuid, "evacuate", {"host": "host3"}, status=200, version="2.68")
    assert cloud.settled(uuid).host == "host3"
    until(lambda: set(cloud.guests(uuid)) == {"host2", "host3"})
    assert [status for _kind, status, *_hosts in cloud.migrations(uuid)] == ["confirmed", "done"]


@pytest.mark.parametrize(
    ("value", "version", "status", "words"),
    [
        ({"host": "nowhere"}, "2.14", 404, "Compute host nowhere could not be found."),
        ({"host": "host1"}, "2.14", 400, "same one"),
        ({}, "2.14", 400, "still in use"),
        ({"force": True}, "2.29", 400, "force"),
        ({"onSharedStorage": True, "adminPass": "x"}, "2.1", 400, "admin password"),
    ],
)
def test_refusals(cloud: Cloud, value: Any, version: str, status: int, words: str) -> None:
    cloud.start("host1")
    uuid = cloud.boot()
    reply = cloud.act(uuid, "evacuate", value, status=status, version=version)
    (shown,) = reply.json.values()
    assert words in shown["message"]
    assert cloud.migrations(uuid) == []


@pytest.mark.parametrize(
    ("version", "value"),
    [
        ("2.13", {}),
        ("2.14", OLD),
        ("2.28", {"host": "h", "force": True}),
        ("2.68", {"host": "h", "force": True}),
        ("2.68", {"host": None}),
        ("2.95", None),
    ],
)
def test_bodies_of_other_versions(act: Any, api: Api, version: str, value: Any) -> None:
    assert act({"evacuate": value}, caller=api.admin, version=version).status_int == 400


def test_passwords_hidden(cloud: Cloud, stocked: Backend) -> None:
    stocked.conf.set_override("enable_instance_password", False)
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    assert cloud.act(uuid, "evacuate", OLD, status=200).json == {}


def test_states_and_callers(act: Any, api: Api) -> None:
    assert "os-evacuate" in act({"evacuate": OLD}).json["forbidden"]["message"]
    reply = act({"evacuate": OLD}, caller=api.admin, vm_state="paused")
    assert reply.status_int == 409
    assert "'evacuate'" in reply.json["conflictingRequest"]["message"]


def test_the_disk_of_the_dead_host_is_gone(cloud: Cloud, stocked: Backend) -> None:
    """The server is made from its image, so it does not matter."""
    cloud.start("host1", "host2")
    uuid = cloud.boot()
    cloud.down("host1")
    shutil.rmtree(Path(stocked.conf.state_path) / "fake" / "host1")
    cloud.act(uuid, "evacuate", {}, status=200, version="2.68")
    assert cloud.settled(uuid).vm_state == "active"
    assert cloud.guests(uuid) == {"host2": ["1"]}
