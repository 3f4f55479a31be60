"""Work items: lost and repeated messages, leases, back-off, giving up."""

from __future__ import annotations

import datetime
import pathlib
import threading
import time

import pytest

from nova_api import exception, rpc, work
from nova_api.compute import build_request
from nova_api.db import actions, guests
from nova_api.db import work as db_work
from nova_api.work.pool import Pool
from tests.functional.work.cloud import Cloud, options, running, until

LEASE = datetime.timedelta(seconds=30)


def enqueue(cloud: Cloud, method: str = "build") -> str:
    server = cloud.insert()
    with cloud.backend.db.writer() as conn:
        return work.enqueue(conn, cloud.context(), rpc.SCHEDULER, method, server, {})


@pytest.fixture
def idle(tmp_path: pathlib.Path) -> Cloud:
    """A cloud in which nobody works."""
    return Cloud(options(tmp_path))


def test_a_lost_message_is_recovered_by_the_sweep(cloud: Cloud) -> None:
    server = cloud.create(cast=False)
    assert cloud.settled(server).vm_state == "active"


def test_a_message_to_a_dead_host_waits_for_it(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path))
    try:
        compute = cloud.compute()
        cloud.scheduler()
        compute.stop()
        compute.wait()
        server = cloud.create()
        until(lambda: cloud.guest(server.uuid).host == "host1", "it is scheduled")
        cloud.compute()
        assert cloud.settled(server).vm_state == "active"
    finally:
        cloud.close()


def test_repeated_messages_do_the_work_once(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, fake__build_time=0.3)) as cloud:
        server = cloud.create()
        for _ in range(20):
            for item in cloud.items(server):
                cloud.backend.rpc.cast(item.topic, item.host, item.uuid)
            time.sleep(0.02)
        cloud.settled(server)
        assert len(cloud.events(server)["create"]) == len(cloud.vms(server)) == len(cloud.ports(server)) == 1


def test_an_item_is_claimed_once_on_every_database(tmp_path: pathlib.Path, database: str | None) -> None:
    cloud = Cloud(options(tmp_path, database))
    try:
        item = enqueue(cloud)
        won: list[str] = []
        barrier = threading.Barrier(6)

        def claim(name: str) -> None:
            barrier.wait()

            def once() -> bool:
                with cloud.backend.db.writer() as conn:
                    return db_work.claim(conn, item, rpc.SCHEDULER, name, LEASE) is not None

            if cloud.backend.db.retrying(once):
                won.append(name)

        threads = [threading.Thread(target=claim, args=(f"w{number}",)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
    finally:
        cloud.close()


def test_a_worker_that_lost_its_lease_cannot_finish(idle: Cloud) -> None:
    uuid = enqueue(idle)
    db = idle.backend.db
    with db.writer() as conn:
        slow = db_work.claim(conn, uuid, rpc.SCHEDULER, "slow", datetime.timedelta(seconds=-1))
        assert slow is not None
    with db.writer() as conn:
        assert db_work.reclaim_expired(conn) == 1
        quick = db_work.claim(conn, uuid, rpc.SCHEDULER, "quick", LEASE)
        assert quick is not None
        assert quick.attempts == 2
    with pytest.raises(exception.StaleState), db.writer() as conn:
        db_work.finish(conn, slow)
    with db.writer() as conn:
        db_work.finish(conn, quick)
    assert idle.items() == []


def test_a_worker_whose_lease_nobody_took_may_finish(idle: Cloud) -> None:
    """On a machine so slow that leases run out, work must still get done."""
    uuid = enqueue(idle)
    db = idle.backend.db
    with db.writer() as conn:
        slow = db_work.claim(conn, uuid, rpc.SCHEDULER, "slow", datetime.timedelta(seconds=-1))
        assert slow is not None
        assert db_work.reclaim_expired(conn) == 1
        assert db_work.renew(conn, slow, LEASE)
        assert db_work.claim(conn, uuid, rpc.SCHEDULER, "quick", LEASE) is None
        # Given back, it is renewed and finished by nobody.
        db_work.give_back(conn, slow)
        assert not db_work.renew(conn, slow, LEASE)
    with pytest.raises(exception.StaleState), db.writer() as conn:
        db_work.finish(conn, slow)
    with db.writer() as conn:
        again = db_work.claim(conn, uuid, rpc.SCHEDULER, "slow", datetime.timedelta(seconds=-1))
        assert again is not None
        assert db_work.reclaim_expired(conn) == 1
        db_work.finish(conn, again)
    assert idle.items() == []


def test_a_lease_is_renewed_while_the_work_goes_on(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path, work__lease=1, fake__build_time=3)) as cloud:
        server = cloud.create()
        cloud.settled(server)
        assert [event.result for event in cloud.events(server)["create"]] == ["Success"]
        assert len(cloud.vms(server)) == 1


def test_an_item_given_back_waits_for_its_time(idle: Cloud) -> None:
    uuid = enqueue(idle)
    db = idle.backend.db
    with db.writer() as conn:
        item = db_work.claim(conn, uuid, rpc.SCHEDULER, "w", LEASE)
        assert item is not None
        db_work.give_back(conn, item, delay=30)
        assert db_work.claim(conn, uuid, rpc.SCHEDULER, "w", LEASE) is None
        soon = datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + datetime.timedelta(seconds=1)
        assert db_work.unclaimed(conn, rpc.SCHEDULER, None, soon, 10) == []


def test_an_item_that_always_fails_ends_in_error(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network service is away for good: not the build's fault, so the item is tried again and again."""
    conf = options(tmp_path, work__max_attempts=3)
    with running(conf) as cloud:

        def away(*args: object) -> None:
            raise exception.Unavailable("The network service does not answer.")

        monkeypatch.setattr(cloud.backend.networks, "allocate", away)
        server = cloud.create()
        assert cloud.settled(server).vm_state == "error"
        fault = cloud.fault(server)
        assert fault.code == 500
        assert fault.message == "host1 gave up on build: The network service does not answer."
        assert [event.result for event in cloud.events(server)["create"]] == ["Error"]
        assert cloud.actions(server)[0].message == "Error"
        monkeypatch.undo()
        cloud.delete(server)
        assert cloud.settled(server).deleted
        assert cloud.claims(server) == []


def test_an_item_that_kills_its_workers_is_given_up(tmp_path: pathlib.Path) -> None:
    cloud = Cloud(options(tmp_path, work__max_attempts=2))
    try:
        server = cloud.create(cast=False)
        (item,) = cloud.items(server)
        for _ in range(2):  # two workers die with it
            with cloud.backend.db.writer() as conn:
                db_work.claim(conn, item.uuid, item.topic, "dead", datetime.timedelta(seconds=-1))
                db_work.reclaim_expired(conn)
        cloud.scheduler()
        assert cloud.settled(server).vm_state == "error"
        assert "its workers died over it" in cloud.fault(server).message
    finally:
        cloud.close()


def test_a_dead_broker_neither_fails_nor_delays_a_request(tmp_path: pathlib.Path) -> None:
    dead = "rabbit://guest:guest@127.0.0.1:9/"  # the discard port: nobody listens
    cloud = Cloud(options(tmp_path, transport_url=dead, work__send_queue=2))
    try:
        began = time.monotonic()
        servers = [cloud.create() for _ in range(5)]
        assert time.monotonic() - began < 2.0
        assert len(cloud.items()) == len(servers)
    finally:
        cloud.close()


def test_nothing_is_enqueued_when_the_transaction_fails(idle: Cloud) -> None:
    server = idle.insert()

    def accept_and_fail() -> None:
        with work.accept(idle.backend) as accepted:
            build_request.submit(accepted, idle.context(), server, None, build_request.BuildRequest())
            raise RuntimeError("not after all")

    with pytest.raises(RuntimeError, match="not after all"):
        accept_and_fail()
    assert idle.items() == []


def test_payload_and_context_come_through(idle: Cloud) -> None:
    server = idle.insert()
    context = idle.context()
    request = build_request.BuildRequest(
        zone="nova", admin_password="päss", files=({"path": "/a", "contents": "YQ=="},)
    )
    with work.accept(idle.backend) as accepted:
        uuid = build_request.submit(accepted, context, server, 7, request)
    with idle.backend.db.writer() as conn:
        item = db_work.claim(conn, uuid, rpc.SCHEDULER, "w", LEASE)
    assert item is not None
    assert build_request.BuildRequest.from_payload(item.payload) == request
    assert (item.context.request_id, item.context.roles, item.context.project_id, item.action_id) == (
        context.request_id,
        ["member"],
        context.project_id,
        7,
    )


def test_the_pool_takes_an_item_once_and_is_bounded() -> None:
    seen: list[str] = []
    most = 0
    lock = threading.Lock()
    at_work: set[str] = set()
    go = threading.Event()

    def handle(item: str) -> None:
        nonlocal most
        with lock:
            at_work.add(item)
            most = max(most, len(at_work))
        go.wait(5)
        with lock:
            at_work.discard(item)
            seen.append(item)

    pool = Pool("test", 3, handle)
    for number in range(10):
        for _ in range(3):
            pool.submit(str(number))
    until(lambda: len(at_work) == 3, "three at work")
    go.set()
    until(lambda: len(seen) == 10, "all done")
    assert most == 3
    pool.close()
    assert pool.drain(5)
    pool.submit("late")
    time.sleep(0.05)
    assert "late" not in seen


def test_separate_programs_need_a_broker(idle: Cloud) -> None:
    with pytest.raises(rpc.NeedsBroker, match="transport_url = rabbit://"):
        rpc.require_broker(idle.conf, "nova-compute")


def test_an_item_that_was_passed_on_is_for_its_new_topic_alone(idle: Cloud) -> None:
    uuid = enqueue(idle)
    db = idle.backend.db
    with db.writer() as conn:
        placed = db_work.claim(conn, uuid, rpc.SCHEDULER, "scheduler", LEASE)
        assert placed is not None
        db_work.pass_on(conn, placed, rpc.COMPUTE, "host1", {"to": "host1"})
    with db.writer() as conn:
        # The message that a scheduler gets once more.
        assert db_work.claim(conn, uuid, rpc.SCHEDULER, "scheduler", LEASE) is None
        # And that of a host which was chosen by a transaction that had to be repeated.
        assert db_work.claim(conn, uuid, rpc.COMPUTE, "other", LEASE, host="host2") is None
        building = db_work.claim(conn, uuid, rpc.COMPUTE, "compute", LEASE, host="host1")
        assert building is not None
        assert (building.host, building.payload, building.attempts) == ("host1", {"to": "host1"}, 1)
        assert (building.action_id, building.context.request_id) == (
            placed.action_id,
            placed.context.request_id,
        )
        # Even where its host died and nobody holds it.
        assert db_work.reclaim_from(conn, rpc.COMPUTE, "host1") == 1
        assert not db_work.renew(conn, placed, LEASE)
    with pytest.raises(exception.StaleState), db.writer() as conn:
        db_work.finish(conn, placed)
    with pytest.raises(exception.StaleState), db.writer() as conn:
        db_work.pass_on(conn, placed, rpc.COMPUTE, "host2", {})
    with db.writer() as conn:
        db_work.finish(conn, building)
    assert idle.items() == []


def test_nothing_begins_of_an_action_that_has_ended(idle: Cloud) -> None:
    """A delete has closed it all, and the worker that comes a moment later may die before it notices."""
    server = idle.insert()
    with idle.backend.db.writer() as conn:
        action = actions.start(conn, idle.context(), server.id, "pause")
        assert actions.start_event(conn, action, "begun", "host1") is not None
        actions.abandon(conn, server.id, [], "The server was deleted.")
    with idle.backend.db.writer() as conn:
        assert actions.start_event(conn, action, "begun later", "host1") is None
    assert [(event.event, event.result) for event in idle.events(server)["pause"]] == [("begun", "Error")]
    # What was left on other hosts goes after the end, and is told all the same.
    with idle.backend.db.writer() as conn:
        actions.finish_event(conn, actions.start_event(conn, action, "cleared up", "host2", late=True))
    assert [event.event for event in idle.events(server)["pause"]] == ["begun", "cleared up"]


def test_a_message_for_the_host_of_a_repeated_transaction_is_left_alone_there(idle: Cloud) -> None:
    """The first time chose host2, and its message went out; the second time chose host1, which is away."""
    host2 = idle.compute("host2")
    server = idle.create(cast=False)
    (item,) = idle.items(server)
    with idle.backend.db.writer() as conn:
        held = db_work.claim(conn, item.uuid, rpc.SCHEDULER, "scheduler", LEASE)
        assert held is not None
        assert guests.change(conn, server, host="host1", node="host1", task_state=None)
        db_work.pass_on(conn, held, rpc.COMPUTE, "host1", held.payload)
    try:
        assert host2.worker.do(item.uuid) is None
        (left,) = idle.items(server)
        assert (left.host, left.claimed_by, left.attempts) == ("host1", None, 0)
        assert idle.guest(server.uuid).vm_state == "building"
    finally:
        idle.close()
