"""A private cloud with one host, that tests break, and what they ask it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import pathlib
import time
from collections.abc import Iterator
from typing import Any

from tests.chaos.place import Place
from tests.chaos.verdict import Look
from tests.functional.work.cloud import until

#: What a second is on a machine that has other things to do as well.
SECOND = max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
CALL_TIMEOUT = 3
#: Seconds after which RabbitMQ 3.10 has a new quorum queue on disk; of one that it had less long, a broker
#: that was killed finds the name and no members, and nobody can use it any more.
BROKER_KEEPS = 5


@contextlib.contextmanager
def made(folder: pathlib.Path, *, broker_nodes: int = 1) -> Iterator[Place]:
    """An API with two workers, a scheduler and a host, over a broker and a MariaDB of their own."""
    place = Place(
        folder,
        schedulers=["scheduler1"],
        hosts=["host1"],
        call_timeout=CALL_TIMEOUT,
        broker_nodes=broker_nodes,
    )
    try:
        place.start()
        yield place
    finally:
        place.close()


class Reply:
    """Status, headers and parsed body of one request, and how many seconds it took."""

    def __init__(self, place: Place, method: str, path: str, body: Any = None) -> None:
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=120)
        headers = {"X-Auth-Token": "me:lab:admin,member,reader", "Content-Type": "application/json"}
        headers["OpenStack-API-Version"] = "compute 2.90"
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, "/v2.1" + path, text, headers)
            got = connection.getresponse()
            data = got.read()
        finally:
            connection.close()
        self.status = got.status
        self.headers = got.headers
        self.json = json.loads(data) if data else None
        self.seconds = time.monotonic() - began


def create(place: Place, name: str) -> Reply:
    server = {"name": name, "flavorRef": "1", "imageRef": place.image, "networks": "auto"}
    return Reply(place, "POST", "/servers", {"server": server})


def settled(place: Place) -> bool:
    return not Look.busy(place)


def booted(place: Place, name: str) -> str:
    """The id of a server that is ACTIVE."""
    reply = create(place, name)
    assert reply.status == 202, reply.json
    uuid: str = reply.json["server"]["id"]
    until(lambda: settled(place), "the server is ACTIVE", 60 * SECOND)
    assert Reply(place, "GET", f"/servers/{uuid}").json["server"]["status"] == "ACTIVE"
    return uuid
