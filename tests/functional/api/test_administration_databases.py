"""Aggregates, services, hypervisors, groups and quotas on every kind of database, also all at once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.db import nodes, schema
from tests.functional.api.servers import given
from tests.functional.api.test_services import NODE
from tests.functional.client import Api
from tests.functional.databases import KINDS, scratch

HOSTS = ("alpha", "beta")


@pytest.fixture(params=KINDS, scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """A database with tables, for the whole module."""
    with scratch(request.param) as url:
        if url is not None:
            engine = sa.create_engine(url)
            schema.metadata.create_all(engine)
            engine.dispose()
        yield url


@pytest.fixture
def backend(conf: cfg.ConfigOpts, database: str | None) -> Iterator[nova_backend.Backend]:
    """In place of the ordinary one: on each kind of database, empty again after each test."""
    if database is not None:
        conf.set_override("connection", database, group="database")
    made = nova_backend.of(conf)
    if database is None:
        schema.metadata.create_all(made.db.engine)
    yield made
    with made.db.writer() as conn:
        for table in reversed(schema.metadata.sorted_tables):
            conn.execute(sa.delete(table))
    made.db.dispose()


@pytest.fixture
def admin(api: Api, backend: nova_backend.Backend) -> Api:
    for host in HOSTS:
        given.service(backend, host)
        with backend.db.writer() as conn:
            nodes.report(conn, host, f"node-{host}", NODE)
    return api.admin


def at_once(count: int, call: Callable[[int], Any]) -> list[int]:
    barrier, statuses = threading.Barrier(count), [0] * count

    def run(number: int) -> None:
        barrier.wait(timeout=30)
        statuses[number] = call(number).status_int

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(statuses)


def test_aggregates_hypervisors_and_services(admin: Api, backend: nova_backend.Backend) -> None:
    keys = []
    for name in ("Fast", "fast"):
        made = admin.post("/os-aggregates", {"aggregate": {"name": name}})
        assert made.status_int == 200, made.text
        keys.append(made.json["aggregate"]["id"])
    metadata = {"Key": "1", "key": "2", "availability_zone": "ost 😀"}
    for _ in range(2):
        told = admin.post(f"/os-aggregates/{keys[0]}/action", {"set_metadata": {"metadata": metadata}})
        assert told.json["aggregate"]["metadata"] == metadata
    told = admin.post(f"/os-aggregates/{keys[0]}/action", {"add_host": {"host": "alpha"}})
    assert told.json["aggregate"]["hosts"] == ["alpha"]

    uuid = given.server(backend, host="alpha", node="node-alpha", task_state="rebooting")
    shown = admin.get(f"/servers/{uuid}", version="2.71").json["server"]
    assert (shown["OS-EXT-AZ:availability_zone"], shown["server_groups"]) == ("ost 😀", [])
    for zone, count in (("ost", 1), ("nova", 0)):
        found = admin.get(f"/servers?all_tenants=1&availability_zone={zone}").json["servers"]
        assert len(found) == count
    first, second = admin.get("/os-hypervisors/detail").json["hypervisors"]
    assert (first["running_vms"], first["current_workload"], second["running_vms"]) == (1, 1, 0)
    assert admin.get("/os-hypervisors/statistics").json["hypervisor_statistics"]["running_vms"] == 1
    matching = admin.get("/os-hypervisors?hypervisor_hostname_pattern=e-b", version="2.53")
    assert [found["hypervisor_hostname"] for found in matching.json["hypervisors"]] == ["node-beta"]
    services = {service["host"]: service["id"] for service in admin.get("/os-services").json["services"]}
    assert admin.delete(f"/os-services/{services['alpha']}").status_int == 409
    assert admin.delete(f"/os-services/{services['beta']}").status_int == 204
    assert [found["id"] for found in admin.get("/os-hypervisors").json["hypervisors"]] == [first["id"]]


def test_a_host_never_gets_two_zones(admin: Api) -> None:
    keys = [
        admin.post(
            "/os-aggregates", {"aggregate": {"name": f"a{number}", "availability_zone": f"z{number}"}}
        ).json["aggregate"]["id"]
        for number in range(4)
    ]

    def add(number: int) -> Any:
        return admin.post(f"/os-aggregates/{keys[number]}/action", {"add_host": {"host": "alpha"}})

    assert at_once(4, add) == [200, 409, 409, 409]
    holding = [found for found in admin.get("/os-aggregates").json["aggregates"] if found["hosts"]]
    assert len(holding) == 1


def test_quotas_and_groups(admin: Api, api: Api) -> None:
    path = f"/os-quota-sets/{api.project}"

    def put(query: str = "", **limits: int) -> Any:
        return admin.put(path + query, {"quota_set": limits})

    # First settings of one project that meet, and then one for good.
    assert at_once(5, lambda number: put(server_groups=2 + number)) == [200] * 5
    assert put(server_groups=2).json["quota_set"]["server_groups"] == 2
    for user in ("Ann", "ann"):
        assert put(f"?user_id={user}", cores=len(user)).status_int == 200
    assert admin.get(path).json["quota_set"]["server_groups"] == 2
    assert put(cores=5).status_int == 400  # 6 are given to users
    asked = {"server_group": {"name": "g", "policies": ["affinity"]}}
    statuses = at_once(5, lambda _: api.post("/os-server-groups", asked))
    assert statuses == [200, 200, 403, 403, 403]
    groups = api.get("/os-server-groups").json["server_groups"]
    assert len(groups) == 2
    gone = at_once(3, lambda _: api.delete(f"/os-server-groups/{groups[0]['id']}"))
    assert gone == [204, 404, 404]
    assert admin.delete(path).status_int == 202
    assert admin.get(f"{path}/detail?user_id=Ann").json["quota_set"]["cores"]["limit"] == 20
