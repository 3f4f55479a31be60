"""A server's life on one host: built, stopped, started, rebooted, deleted."""

from __future__ import annotations

import pathlib
import shutil
import threading

import pytest

from nova_api import exception
from nova_api.compute import states, transitions
from nova_api.compute.servers import reset_state
from nova_api.context import RequestContext
from tests.functional.work.cloud import Cloud, options, running, until

pytestmark = pytest.mark.databases


def test_a_server_lives_on_every_database(tmp_path: pathlib.Path, database: str | None) -> None:
    with running(options(tmp_path, database)) as cloud:
        server = cloud.create()
        built = cloud.settled(server)
        assert (built.vm_state, built.power_state, built.host, built.node) == ("active", 1, "host1", "host1")
        assert built.launched_at is not None
        assert built.nics is not None
        assert [nic["label"] for nic in built.nics] == ["private"]
        assert len(cloud.vms(server)) == len(cloud.claims(server)) == len(cloud.ports(server)) == 1
        assert cloud.node().memory_mb_used == 512

        cloud.act(server, "stop")
        assert (cloud.settled(server).vm_state, cloud.guest(server.uuid).power_state) == ("stopped", 4)
        cloud.act(server, "start")
        assert (cloud.settled(server).vm_state, cloud.guest(server.uuid).power_state) == ("active", 1)
        cloud.act(server, "reboot_soft", {"type": "SOFT"})
        cloud.settled(server)
        cloud.act(server, "reboot_hard", {"type": "HARD"})
        assert cloud.settled(server).vm_state == "active"

        cloud.delete(server)
        gone = cloud.settled(server)
        assert gone.deleted
        assert gone.vm_state == "deleted"
        assert cloud.vms(server) == cloud.claims(server) == cloud.ports(server) == cloud.items() == []
        assert (cloud.node().memory_mb_used, cloud.node().vcpus_used, cloud.node().local_gb_used) == (0, 0, 0)

        events = cloud.events(server)
        assert {action: [event.event for event in found] for action, found in events.items()} == {
            "create": ["compute__do_build_and_run_instance"],
            "stop": ["compute_stop_instance"],
            "start": ["compute_start_instance"],
            "reboot": ["compute_reboot_instance"],
            "delete": ["compute_terminate_instance"],
        }
        assert {event.result for found in events.values() for event in found} == {"Success"}
        assert all(a.message is None and a.finish_time is not None for a in cloud.actions(server))


def test_no_host_ends_in_error_with_a_fault(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, fake__memory_mb=1024)) as cloud:
        server = cloud.create(memory_mb=4096)
        failed = cloud.settled(server)
        assert (failed.vm_state, failed.host, failed.power_state) == ("error", None, 0)
        fault = cloud.fault(server)
        assert fault.code == 500
        assert fault.message == (
            "No valid host was found. There are not enough hosts available (of 1: 1 without room)."
        )
        assert [(e.event, e.result) for e in cloud.events(server)["create"]] == [
            ("conductor_schedule_and_build_instances", "Error")
        ]
        assert cloud.actions(server)[0].message == "Error"
        # It has no host, so its delete is done at once.
        cloud.delete(server)
        assert cloud.guest(server.uuid).deleted


@pytest.mark.parametrize(
    ("forced", "properties", "has_one"),
    [
        (False, {}, False),
        (True, {}, True),
        (False, {"img_config_drive": "mandatory"}, True),
        (False, {"img_config_drive": "optional"}, False),
    ],
)
def test_a_config_drive_may_be_forced(
    tmp_path: pathlib.Path, forced: bool, properties: dict[str, str], has_one: bool
) -> None:
    with running(options(tmp_path, force_config_drive=forced)) as cloud:
        built = cloud.settled(cloud.create(image_properties=properties))
        assert (built.vm_state, built.config_drive) == ("active", has_one)


@pytest.mark.parametrize(
    ("zone", "reason"),
    [
        ("mars", "1 in another zone"),
        ("nova:elsewhere", "1 not the one asked for"),
        ("nova::other-node", "1 not the one asked for"),
    ],
)
def test_a_zone_host_or_node_that_does_not_fit(cloud: Cloud, zone: str, reason: str) -> None:
    server = cloud.create(zone=zone)
    assert cloud.settled(server).vm_state == "error"
    assert reason in cloud.fault(server).message


def test_the_host_asked_for_is_taken(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path), hosts=("a", "b", "c")) as cloud:
        servers = [cloud.create(zone="nova:b:b") for _ in range(3)]
        assert {cloud.settled(server).host for server in servers} == {"b"}


def test_servers_are_spread(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path), hosts=("a", "b", "c")) as cloud:
        servers = [cloud.create() for _ in range(9)]
        hosts = [cloud.settled(server).host for server in servers]
        assert sorted(hosts) == ["a"] * 3 + ["b"] * 3 + ["c"] * 3


def test_a_build_that_fails_is_tried_on_another_host(tmp_path: pathlib.Path) -> None:
    conf = options(tmp_path, fake__fail_hosts=["bad"])
    with running(conf, hosts=("bad", "good")) as cloud:
        # The bad host has the most free memory for as long as the other has servers.
        servers = [cloud.create(f"vm{number}") for number in range(6)]
        assert {(s.vm_state, s.host) for s in map(cloud.settled, servers)} == {("active", "good")}
        retried = [server for server in servers if len(cloud.events(server)["create"]) > 1]
        assert retried
        first, second = cloud.events(retried[0])["create"]
        assert (first.host, first.result, second.host, second.result) == ("bad", "Error", "good", "Success")
        assert cloud.actions(retried[0])[0].message is None
        assert cloud.node("bad").memory_mb_used == 0
        assert cloud.vms(retried[0], "bad") == []
        assert len(cloud.ports(retried[0])) == 1


def test_a_build_that_fails_everywhere_ends_in_error(tmp_path: pathlib.Path) -> None:
    conf = options(tmp_path, fake__fail_names="^doomed")
    with running(conf, hosts=("a", "b", "c", "d")) as cloud:
        server = cloud.create("doomed")
        failed = cloud.settled(server)
        assert (failed.vm_state, failed.host, failed.nics) == ("error", None, None)
        fault = cloud.fault(server)
        assert fault.code == 500
        assert "it was tried on" in fault.message
        assert [e.result for e in cloud.events(server)["create"]] == ["Error"] * 3
        assert cloud.actions(server)[0].message == "Error"
        assert cloud.claims(server) == cloud.ports(server) == []


def test_a_build_that_was_reset_is_not_tried_elsewhere(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, fake__build_time=0.5), hosts=("a", "b")) as cloud:
        server = cloud.create()
        until(lambda: cloud.guest(server.uuid).task_state == "spawning", "the build is at work")
        host = str(cloud.guest(server.uuid).host)
        until(lambda: cloud.vms(server, host), "the guest is being made")
        reset_state.reset(cloud.backend, cloud.context(), cloud.guest(server.uuid), "active")
        shutil.rmtree(cloud.vms(server, host)[0].parent)
        until(lambda: cloud.fault(server), "the build fails")
        # Not scheduling, with nobody who would schedule it.
        failed = cloud.settled(server)
        assert (failed.vm_state, failed.task_state, cloud.claims(server)) == ("error", None, [])


def test_the_users_own_mistake_is_not_tried_elsewhere(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path), hosts=("a", "b")) as cloud:
        unknown = "99999999-0000-0000-0000-000000000000"
        asked = [{"network_id": None, "port_id": unknown, "fixed_ip": None, "tag": None}]
        server = cloud.create(requested_networks=asked)
        assert cloud.settled(server).vm_state == "error"
        assert cloud.fault(server).code == 404
        assert unknown in cloud.fault(server).message
        assert len(cloud.events(server)["create"]) == 1


def test_a_delete_wins_over_a_build(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, fake__build_time=30)) as cloud:
        server = cloud.create()
        until(lambda: cloud.guest(server.uuid).task_state == "spawning", "the build is at work")
        cloud.delete(server)
        assert cloud.settled(server, patience=5).deleted
        assert cloud.vms(server) == cloud.claims(server) == cloud.ports(server) == cloud.items() == []
        assert cloud.node().vcpus_used == 0
        by_action = {action.action: action.message for action in cloud.actions(server)}
        assert by_action == {"create": "Error", "delete": None}


def test_a_delete_before_scheduling_drops_the_build(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    try:
        server = cloud.create()
        cloud.delete(server)
        assert cloud.guest(server.uuid).deleted
        assert cloud.items() == []
        # Nobody is left who would end the build's action.
        ended = {action.action: (action.message, action.finish_time) for action in cloud.actions(server)}
        assert ended["create"][0] == "Error"
        assert ended["delete"][0] is None
        assert None not in [finish_time for _message, finish_time in ended.values()]
        with pytest.raises(exception.ServerNotFound), cloud.backend.db.writer() as conn:
            transitions.begin(conn, server, "delete")
    finally:
        cloud.close()


def test_deleting_twice_is_one_delete(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    compute = cloud.compute()
    scheduler = cloud.scheduler()
    try:
        server = cloud.create()
        cloud.settled(server)
        for service in (compute, scheduler):
            service.stop()
            service.wait()
        cloud.delete(server)
        cloud.delete(server)
        assert [item.method for item in cloud.items(server)] == ["delete"]
        assert [action.action for action in cloud.actions(server)] == ["delete", "create"]
    finally:
        cloud.close()


def test_a_failed_power_operation_leaves_a_fault(cloud: Cloud) -> None:
    server = cloud.create()
    cloud.settled(server)
    for file in cloud.vms(server):
        file.unlink()
    cloud.act(server, "stop")
    after = cloud.settled(server)
    assert (after.vm_state, after.task_state) == ("active", None)
    assert "There is no guest" in cloud.fault(server).message
    assert cloud.events(server)["stop"][0].result == "Error"
    cloud.act(server, "reboot_hard", {"type": "HARD"})
    assert cloud.settled(server).vm_state == "error"


def test_transitions_refuse_in_order(cloud: Cloud) -> None:
    server = cloud.settled(cloud.create())
    user = RequestContext(user_id="u", project_id="p", roles=["member"])
    admin = RequestContext(user_id="a", project_id="p", roles=["admin"])
    with pytest.raises(exception.ServerInvalidState, match="'start' .* vm_state active"):
        transitions.check(server, "start", user)
    locked = cloud.insert(locked_by="owner", vm_state="active")
    with pytest.raises(exception.ServerLocked):
        transitions.check(locked, "start", user)
    with pytest.raises(exception.ServerInvalidState, match="task_state scheduling"):
        transitions.check(locked, "stop", admin)
    unlaunched = cloud.insert(vm_state="active", task_state=None)
    with pytest.raises(exception.ServerNotLaunched):
        transitions.check(unlaunched, "stop", user)
    assert transitions.under_way(cloud.insert(task_state="deleting"), "delete")


def test_begin_is_a_compare_and_swap(cloud: Cloud) -> None:
    server = cloud.settled(cloud.create())
    db = cloud.backend.db
    with db.writer() as conn:
        assert transitions.begin(conn, server, "reboot_hard")
    with db.writer() as conn, pytest.raises(exception.ServerInvalidState, match="task_state rebooting_hard"):
        transitions.begin(conn, server, "stop")
    with db.writer() as conn:
        assert transitions.begin(conn, server, "delete")
    with db.writer() as conn:
        assert not transitions.begin(conn, server, "delete")


def test_statuses_and_their_filter_agree() -> None:
    for vm_state, row in states.STATUSES.items():
        for task in row:
            status = states.status_of(vm_state, None if task == "*" else task)
            pairs = dict(states.states_of(status.lower()))
            assert vm_state in pairs
            assert pairs[vm_state] is None or task in (pairs[vm_state] or ())
    assert states.status_of("active", "powering-off") == "ACTIVE"
    assert states.status_of("active", None, deleted=True) == "DELETED"
    assert states.status_of("odd", None) == "UNKNOWN"
    assert list(states.states_of("nonsense")) == []


def test_every_second_build_can_be_made_to_fail(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, fake__fail_every=2, scheduler__max_attempts=1)) as cloud:
        states_seen = [cloud.settled(cloud.create(f"vm{number}")).vm_state for number in range(4)]
        assert states_seen == ["active", "error", "active", "error"]


def test_ended_services_leave_no_threads(tmp_path: pathlib.Path) -> None:
    before = set(threading.enumerate())
    with running(options(tmp_path)) as cloud:
        cloud.settled(cloud.create())
        workers = [
            t for t in set(threading.enumerate()) - before if t.name.startswith(("scheduler@", "compute@"))
        ]
        assert len(workers) >= 2
        cloud.stop()
        until(lambda: not any(thread.is_alive() for thread in workers), "the threads end")
