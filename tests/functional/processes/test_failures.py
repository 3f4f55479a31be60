"""What happens while the broker, the database or a worker is away: a private cloud that tests break."""

from __future__ import annotations

import concurrent.futures
import http.client
import os
import pathlib
import signal
import threading
import time
from collections.abc import Iterator

import amqp
import kombu
import pytest

from tests.chaos.place import Place
from tests.functional.processes.private import (
    BROKER_KEEPS,
    CALL_TIMEOUT,
    SECOND,
    Reply,
    booted,
    create,
    made,
    settled,
)
from tests.functional.work.cloud import until


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with made(tmp_path_factory.mktemp("place")) as found:
        yield found


def test_queues_outlive_the_broker_and_are_replicated(place: Place) -> None:
    booted(place, "first")  # so that somebody has declared them
    with kombu.Connection(place.broker.management_url) as connection:
        for name in ("nova-api.scheduler", "nova-api.compute.host1"):
            # Declared again in the same way it is found; in any other the broker refuses.
            channel = connection.channel()
            channel.queue_declare(
                name,
                durable=True,
                exclusive=False,
                auto_delete=False,
                arguments={"x-queue-type": "quorum"},
            )
            with pytest.raises(amqp.PreconditionFailed, match="x-queue-type"):
                channel.queue_declare(name, durable=True, auto_delete=False)


def test_a_burst_without_a_broker_is_accepted_at_once_and_done_afterwards(place: Place) -> None:
    uuid = booted(place, "asked")
    time.sleep(BROKER_KEEPS)
    place.broker.kill()
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda number: create(place, f"burst{number}"), range(20)))
        slowest = max(reply.seconds for reply in replies)
        assert [reply.status for reply in replies] == [202] * 20
        assert slowest < 1.0 * SECOND, f"{slowest} s"
        # Over connections of before, and where there is none to take.
        console = f"/servers/{uuid}/action", {"os-getConsoleOutput": {}}
        assert [Reply(place, "POST", *console).status for _ in range(8)] == [503] * 8
    finally:
        place.broker.start(wait=False)
    until(lambda: settled(place), "everything is built", 120 * SECOND)
    for reply in replies:
        server = Reply(place, "GET", f"/servers/{reply.json['server']['id']}").json["server"]
        assert server["status"] == "ACTIVE", server
        assert Reply(place, "DELETE", f"/servers/{server['id']}").status == 204
    place.broker.wait()
    until(lambda: settled(place), "everything is deleted", 120 * SECOND)
    # Connected again: messages carry the next one.
    booted(place, "after")


def test_a_call_that_nobody_answers_is_a_503_in_time(place: Place) -> None:
    uuid = booted(place, "quiet")
    action = {"os-getConsoleOutput": {}}
    assert Reply(place, "POST", f"/servers/{uuid}/action", action).status == 200
    # Not closed but frozen: connections stay and nothing comes, the worst that a network does.
    place.broker.freeze()
    try:
        asked = Reply(place, "POST", f"/servers/{uuid}/action", action)
        assert asked.status == 503, asked.json
        assert asked.json["serviceUnavailable"]["message"] == (
            "Compute host host1 did not answer in time. Please try again."
        )
        assert int(asked.headers["Retry-After"]) > 0
        assert asked.seconds < (CALL_TIMEOUT + 2) * SECOND
        # What changes the server is kept, and done without the call.
        changed = Reply(place, "POST", f"/servers/{uuid}/action", {"changePassword": {"adminPass": "x"}})
        assert changed.status == 503
    finally:
        place.broker.thaw()
    # No connection of before has to be thrown away by hand: calls are answered again.
    console = f"/servers/{uuid}/action"
    until(lambda: Reply(place, "POST", console, action).status == 200, "calls are answered", 30 * SECOND)
    assert {Reply(place, "POST", console, action).status for _ in range(8)} == {200}  # of both workers
    until(lambda: settled(place), "the password is changed", 60 * SECOND)
    actions = Reply(place, "GET", f"/servers/{uuid}/os-instance-actions").json["instanceActions"]
    assert [(one["action"], one["message"]) for one in actions][0] == ("changePassword", None)


def test_after_a_queue_had_no_quorum_calls_are_answered_again(place: Place) -> None:
    """The broker lives and its connections do; it confirms nothing that is sent to the host."""
    uuid = booted(place, "minority")
    console = f"/servers/{uuid}/action", {"os-getConsoleOutput": {}}
    place.broker.suspend_queue("nova-api.compute.host1")
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:  # both workers, several connections of each
            for _ in range(3):
                replies = list(pool.map(lambda _: Reply(place, "POST", *console), range(8)))
                assert {reply.status for reply in replies} == {503}
                time.sleep(CALL_TIMEOUT)  # the library gives a channel up as long again after the answer
    finally:
        place.broker.resume_queue("nova-api.compute.host1")
    until(lambda: Reply(place, "POST", *console).status == 200, "calls are answered", 30 * SECOND)
    assert {Reply(place, "POST", *console).status for _ in range(12)} == {200}


def test_without_a_database_requests_are_refused_and_with_it_again_answered(place: Place) -> None:
    uuid = booted(place, "kept")
    place.database.kill()
    try:
        for method, path, body in (
            ("GET", "/servers", None),
            ("POST", f"/servers/{uuid}/action", {"os-stop": None}),
        ):
            reply = Reply(place, method, path, body)
            assert reply.status == 503, reply.json
            assert reply.json["serviceUnavailable"]["message"].startswith("The database does not answer.")
            assert int(reply.headers["Retry-After"]) > 0
            assert reply.seconds < 10 * SECOND
        # A worker that comes up now serves too: it refuses, and does not wait for the database.
        victim = place.api.workers()[0]
        os.kill(victim, signal.SIGKILL)
        until(lambda: victim not in place.api.workers() and len(place.api.workers()) == 2, "a new worker")
        statuses = {Reply(place, "GET", "/servers").status for _ in range(6)}
        assert statuses == {503}
    finally:
        place.database.start()
    # No connection of before lives; nobody may see that.
    for _ in range(6):
        assert Reply(place, "GET", "/servers").status == 200
    assert Reply(place, "POST", f"/servers/{uuid}/action", {"os-stop": None}).status == 202
    until(lambda: settled(place), "the server has stopped", 60 * SECOND)
    assert Reply(place, "GET", f"/servers/{uuid}").json["server"]["status"] == "SHUTOFF"


def test_a_rolling_restart_fails_no_request(place: Place) -> None:
    """Every worker ended by SIGTERM in turn, then SIGHUP, while clients ask without a pause."""
    over = threading.Event()
    answered: list[int] = []
    failed: list[str] = []

    def ask(keep_alive: bool) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60)
        while not over.is_set():
            try:
                connection.request("GET", "/v2.1/flavors", headers={"X-Auth-Token": "me:lab"})
                reply = connection.getresponse()
                reply.read()
                answered.append(reply.status)
            except (OSError, http.client.HTTPException) as error:
                failed.append(repr(error))
                connection.close()
            if not keep_alive:
                connection.close()
        connection.close()

    clients = [threading.Thread(target=ask, args=(number % 2 == 0,)) for number in range(4)]
    for client in clients:
        client.start()
    try:
        for old in place.api.workers():
            os.kill(old, signal.SIGTERM)
            until(
                lambda gone=old: gone not in place.api.workers() and len(place.api.workers()) == 2,
                "the worker has been replaced",
                30 * SECOND,
            )
        assert place.api.process is not None
        place.api.process.send_signal(signal.SIGHUP)
        until(lambda: read_again(place.api.log) >= 3, "all have read their options again", 30 * SECOND)
        mark = len(answered)
        until(lambda: len(answered) > mark + 20, "requests are answered", 30 * SECOND)
    finally:
        over.set()
        for client in clients:
            client.join()
    assert not failed, failed
    assert set(answered) == {200}


def read_again(log: pathlib.Path) -> int:
    return log.read_text().count("has read its options and its paste file again")
