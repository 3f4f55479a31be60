"""A RabbitMQ of three nodes: one that dies is not missed, two that die are as a broker that is away."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.chaos.place import Place
from tests.functional.processes.private import BROKER_KEEPS, SECOND, Reply, booted, create, made, settled
from tests.functional.work.cloud import until

CONSOLE = {"os-getConsoleOutput": {}}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with made(tmp_path_factory.mktemp("place"), broker_nodes=3) as found:
        yield found


def calls_are_answered(place: Place, uuid: str) -> None:
    path = f"/servers/{uuid}/action"
    until(lambda: Reply(place, "POST", path, CONSOLE).status == 200, "calls are answered", 60 * SECOND)
    assert {Reply(place, "POST", path, CONSOLE).status for _ in range(8)} == {200}  # of both workers


def test_any_node_may_die_and_come_back(place: Place) -> None:
    uuid = booted(place, "first")
    time.sleep(BROKER_KEEPS)
    for node in place.brokers:
        node.kill()
        try:
            created = [create(place, f"without{number}") for number in range(6)]
            assert [reply.status for reply in created] == [202] * 6
            assert max(reply.seconds for reply in created) < 1.0 * SECOND
            until(lambda: settled(place), "everything is built", 60 * SECOND)
            calls_are_answered(place, uuid)
        finally:
            node.start()
    listed = Reply(place, "GET", "/servers").json["servers"]
    states = {Reply(place, "GET", f"/servers/{server['id']}").json["server"]["status"] for server in listed}
    assert (len(listed), states) == (1 + 3 * 6, {"ACTIVE"})


def test_without_most_nodes_work_is_accepted_and_done_and_calls_wait_for_a_quorum(place: Place) -> None:
    uuid = booted(place, "asked")
    for node in place.brokers[1:]:
        node.kill()
    try:
        created = [create(place, f"minority{number}") for number in range(4)]
        assert [reply.status for reply in created] == [202] * 4
        assert max(reply.seconds for reply in created) < 1.0 * SECOND
        asked = [Reply(place, "POST", f"/servers/{uuid}/action", CONSOLE) for _ in range(4)]
        assert {reply.status for reply in asked} == {503}
        until(lambda: settled(place), "everything is built", 60 * SECOND)
    finally:
        for node in place.brokers[1:]:
            node.start(wait=False)
        for node in place.brokers[1:]:
            node.wait()
    calls_are_answered(place, uuid)
