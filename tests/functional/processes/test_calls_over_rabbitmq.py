"""Calls to nova-compute as a process of its own, over RabbitMQ."""

from __future__ import annotations

import pathlib
import socket
import time

import pytest

from nova_api import exception, rpc
from nova_api.compute.servers import password
from nova_api.db import server_queries
from nova_api.db.guests import Guest
from nova_api.db.server_queries import Server
from tests.functional.processes.test_over_rabbitmq import Place, place
from tests.functional.work.cloud import options

__all__ = ["place"]


def found(place: Place, server: Guest) -> Server:
    with place.cloud.backend.db.reader() as conn:
        row = server_queries.find(conn, server.uuid)
    assert row is not None
    return row


@pytest.mark.parametrize("place", ["sqlite"], indirect=True)
def test_a_password_is_set_while_the_caller_waits(place: Place) -> None:
    place.start("nova-scheduler")
    compute = place.start("nova-compute")
    server = place.cloud.settled(place.cloud.create())
    password.change(place.cloud.backend, place.cloud.context(), found(place, server), "s3cret")
    now = place.cloud.guest(server.uuid)
    assert (now.vm_state, now.task_state, place.cloud.items(server)) == ("active", None, [])
    (event,) = place.cloud.events(server)["changePassword"]
    assert (event.event, event.result, event.host) == ("compute_set_admin_password", "Success", "host1")

    # Gone, though it has been heard of just now: the caller waits so long, and no longer.
    compute.kill()
    compute.wait()
    place.cloud.conf.set_override("call_timeout", 2, group="work")
    began = time.monotonic()
    with pytest.raises(exception.HostSilent):
        password.change(place.cloud.backend, place.cloud.context(), found(place, server), "other")
    assert time.monotonic() - began < 10
    # The work has not been lost with the message.
    place.start("nova-compute")
    assert place.cloud.settled(server).vm_state == "active"
    assert [event.result for event in place.cloud.events(server)["changePassword"]] == ["Success"]


def test_a_dead_broker_is_not_waited_for(tmp_path: pathlib.Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens there
        url = f"rabbit://guest:guest@127.0.0.1:{taken.getsockname()[1]}/"
        client = rpc.Client(options(tmp_path, transport_url=url))
        began = time.monotonic()
        with pytest.raises(exception.HostSilent, match="host1"):
            client.call("host1", "who", {}, timeout=1)
        assert time.monotonic() - began < 5
