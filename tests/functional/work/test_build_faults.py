"""Builds that fail, hang or are slow because a rule in the database says so."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api.db import fault_rules
from nova_api.db.schema.compute import server_metadata
from tests.functional.work.cloud import Cloud, options, running, until


def put(cloud: Cloud, **rule: Any) -> int:
    with cloud.backend.db.writer() as conn:
        (made,) = fault_rules.add(conn, [(rule, True, None)])
    return made


def counts(cloud: Cloud) -> list[tuple[int, int]]:
    with cloud.backend.db.reader() as conn:
        return [(rule.matched, rule.fired) for rule in fault_rules.all_rules(conn)]


def test_a_build_that_fails_on_every_database(tmp_path: pathlib.Path, database: str | None) -> None:
    with running(options(tmp_path, database)) as cloud:
        put(cloud, server="bad-.*", build="fail", message="The disk is broken.")
        bad, good = cloud.create("bad-1"), cloud.create("so-bad-1")
        assert (cloud.settled(bad).vm_state, cloud.settled(good).vm_state) == ("error", "active")
        assert "No valid host" in cloud.fault(bad).message
        assert "The disk is broken." in cloud.events(bad)["create"][0].details
        assert counts(cloud) == [(1, 1)]
        assert cloud.claims(bad) == cloud.ports(bad) == cloud.vms(bad) == []


def test_a_build_that_fails_once_is_built_elsewhere(tmp_path: pathlib.Path) -> None:
    with running(options(tmp_path), hosts=("a", "b")) as cloud:
        put(cloud, build="fail", when="first 1")
        server = cloud.settled(cloud.create())
        assert server.vm_state == "active"
        assert [event.result for event in cloud.events(server)["create"]] == ["Error", "Success"]
        assert counts(cloud) == [(2, 1)]


@pytest.fixture
def shared(tmp_path: pathlib.Path) -> Iterator[Cloud]:
    with running(options(tmp_path)) as made:
        yield made


def spawning(cloud: Cloud, server: Any) -> None:
    """Waits until the rule has the build in its hands."""
    until(lambda: counts(cloud) == [(1, 1)], "the rule fires")
    assert (cloud.guest(server.uuid).vm_state, cloud.guest(server.uuid).task_state) == (
        "building",
        "spawning",
    )


def test_a_build_hangs_until_its_rule_is_removed(shared: Cloud) -> None:
    rule = put(shared, build="hang")
    server = shared.create()
    spawning(shared, server)
    with shared.backend.db.writer() as conn:
        fault_rules.remove(conn, rule)
    assert shared.settled(server).vm_state == "active"


def test_a_build_that_hangs_can_be_deleted(shared: Cloud) -> None:
    put(shared, build="hang")
    server = shared.create()
    spawning(shared, server)
    shared.delete(server)
    assert shared.settled(server).deleted
    assert shared.claims(server) == shared.ports(server) == []


def test_a_build_that_is_slow(shared: Cloud) -> None:
    put(shared, build="slow", seconds=0.7)
    began = time.monotonic()
    assert shared.settled(shared.create()).vm_state == "active"
    assert time.monotonic() - began >= 0.7


def test_metadata_and_project(shared: Cloud) -> None:
    put(shared, metadata={"role": "db"}, build="fail")
    put(shared, project="another", build="fail")
    servers = {}
    for role in ("db", "web"):
        server = servers[role] = shared.insert(role)
        with shared.backend.db.writer() as conn:
            conn.execute(sa.insert(server_metadata).values(server_id=server.id, key="role", value=role))
    states = {}
    for role, server in servers.items():
        shared.submit(server)
        states[role] = shared.settled(server).vm_state
    assert states == {"db": "error", "web": "active"}
    assert counts(shared) == [(1, 1), (0, 0)]
