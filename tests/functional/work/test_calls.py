"""Calls to a host: questions, work done while somebody waits, and hosts that do not answer."""

from __future__ import annotations

import pathlib
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import oslo_db.exception
import pytest

from nova_api import exception, rpc, work
from nova_api.backend import Backend
from nova_api.compute import host_calls
from nova_api.compute.manager.calls import Calls
from nova_api.context import RequestContext
from nova_api.db import services
from nova_api.db.guests import Guest
from nova_api.work.worker import Task, Worker
from tests.functional.work.cloud import Cloud, options, until

HOST = "host1"


class Methods:
    """What the worker of these tests can do."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.gave_up: list[str] = []
        self.methods: dict[str, Callable[[Task], None]] = {
            "add": self.add,
            "refuse": self.refuse,
            "break": self.broken,
            "lose": self.lost,
        }
        self.questions: dict[str, Callable[..., Any]] = {
            "who": self.who,
            "locked": self.locked,
            "bug": self.bug,
            "outage": self.outage,
            "wait": self.wait,
        }
        self.go_on = threading.Event()
        self.waiting = 0
        self._counting = threading.Lock()

    def add(self, task: Task) -> None:
        task.answer = sum(task.item.payload["numbers"])
        self._finish(task)

    def refuse(self, task: Task) -> None:
        task.error = exception.PortInUse(port_id="p1")
        self._finish(task)

    def broken(self, task: Task) -> None:
        raise exception.Unavailable("The database is away.")

    def lost(self, task: Task) -> None:
        self.outage(task.item.context)

    def outage(self, *_: Any, **__: Any) -> None:
        raise oslo_db.exception.DBConnectionError("Lost connection during query")

    def _finish(self, task: Task) -> None:
        with self._cloud.backend.db.writer() as conn:
            task.finish(conn)

    def give_up(self, task: Task, reason: str, details: str) -> None:
        self.gave_up.append(reason)
        self._finish(task)

    def who(self, context: RequestContext, server_uuid: str, **arguments: Any) -> Any:
        return [context.user_id, context.roles, server_uuid, arguments]

    def locked(self, context: RequestContext, server_uuid: str) -> Any:
        raise exception.ServerLocked(server_id=server_uuid)

    def bug(self, context: RequestContext, server_uuid: str) -> Any:
        return {}["no such key: a secret"]

    def wait(self, context: RequestContext, server_uuid: str) -> Any:
        with self._counting:
            self.waiting += 1
        self.go_on.wait(10)
        return "done"


class Host:
    """A compute host's worker with the methods above, and a server on it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.backend: Backend = cloud.backend
        self.methods = Methods(cloud)
        calls = Calls(HOST, self.methods.questions, self.do_item)
        self.worker = Worker(
            cloud.conf, cloud.backend, rpc.COMPUTE, HOST, self.methods, for_any=False, answer=calls.answer
        )
        cloud.services.append(self.worker)
        self.worker.start()
        self.server: Guest = cloud.insert(host=HOST, vm_state="active", task_state=None)
        self.report(up=True)

    def do_item(self, item: str) -> Task | None:
        return self.worker.do(item)

    def report(self, *, up: bool) -> None:
        with self.backend.db.writer() as conn:
            services.ensure(conn, "nova-compute", HOST)
            services.beat(conn, "nova-compute", HOST)
        if not up:
            self.cloud.conf.set_override("service_down_time", 1)
            time.sleep(1.1)

    def ask(self, method: str, **arguments: Any) -> Any:
        return host_calls.ask(self.backend, self.cloud.context(), self.server, method, **arguments)

    def do(self, method: str, payload: dict[str, Any] | None = None) -> Any:
        with work.accept(self.backend) as accepted:
            item = accepted.enqueue(
                self.cloud.context(), rpc.COMPUTE, method, self.server, payload or {}, host=HOST, cast=False
            )
        assert accepted.casts == []
        return host_calls.do(self.backend, HOST, item)


@pytest.fixture
def host(tmp_path: pathlib.Path) -> Iterator[Host]:
    # No sweep: only what the tests do themselves.
    conf = options(tmp_path, work__sweep_interval=600, work__call_timeout=10, work__call_threads=2)
    cloud = Cloud(conf)
    try:
        yield Host(cloud)
    finally:
        cloud.close()


def test_a_question_is_answered(host: Host) -> None:
    assert host.ask("who", lines=3) == ["user", ["member"], host.server.uuid, {"lines": 3}]


def test_what_the_host_raises_is_raised(host: Host) -> None:
    with pytest.raises(exception.ServerLocked, match=host.server.uuid):
        host.ask("locked")


def test_a_bug_is_told_without_its_text(host: Host) -> None:
    with pytest.raises(exception.HostCallFailed) as raised:
        host.ask("bug")
    assert str(raised.value) == "bug failed on host1: KeyError"
    with pytest.raises(exception.HostCallFailed, match="does not answer what"):
        host.ask("what")


def test_a_host_whose_database_is_away(host: Host) -> None:
    with pytest.raises(exception.DatabaseSilent):
        host.ask("outage")


def test_no_host(host: Host) -> None:
    server = host.cloud.insert(vm_state="error", task_state=None)
    with pytest.raises(exception.ServerNotReady):
        host_calls.ask(host.backend, host.cloud.context(), server, "who")


def test_a_host_that_is_down_is_not_asked(host: Host) -> None:
    host.report(up=False)
    with pytest.raises(exception.HostDown, match="host1"):
        host.ask("who")


def test_a_silent_host(host: Host) -> None:
    host.worker.stop()
    host.cloud.conf.set_override("call_timeout", 1, group="work")
    with pytest.raises(exception.HostSilent, match="host1"):
        host.ask("who")


def test_slow_calls_keep_no_wake_up_waiting_and_are_limited(host: Host) -> None:
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda: answers.append(host.ask("wait"))) for _ in range(2)]
    for thread in threads:
        thread.start()
    until(lambda: host.methods.waiting == 2, "both calls are being answered")
    with pytest.raises(exception.Unavailable, match="too many calls"):
        host.ask("who")
    with work.accept(host.backend) as accepted:
        payload = {"numbers": [1]}
        accepted.enqueue(host.cloud.context(), rpc.COMPUTE, "add", host.server, payload, host=HOST)
    until(lambda: not host.cloud.items(), "the wake-up was heard")
    host.methods.go_on.set()
    for thread in threads:
        thread.join()
    assert answers == ["done", "done"]


def test_work_done_while_somebody_waits(host: Host) -> None:
    assert host.do("add", {"numbers": [1, 2, 3]}) == 6
    assert host.cloud.items() == []


def test_work_that_fails(host: Host) -> None:
    with pytest.raises(exception.PortInUse, match="p1"):
        host.do("refuse")
    assert host.cloud.items() == []


def test_work_that_has_to_be_tried_again(host: Host) -> None:
    with pytest.raises(exception.Unavailable, match="database is away"):
        host.do("break")
    (item,) = host.cloud.items()
    assert (item.state, item.attempts) == ("ready", 1)


def test_work_whose_host_has_lost_the_database(host: Host) -> None:
    with pytest.raises(exception.DatabaseSilent):
        host.do("lose")
    (item,) = host.cloud.items()
    assert (item.state, item.attempts) == ("ready", 1)


def test_work_that_a_sweep_has_taken(host: Host) -> None:
    with pytest.raises(exception.HostSilent):
        host_calls.do(host.backend, HOST, str(uuid.uuid4()))
