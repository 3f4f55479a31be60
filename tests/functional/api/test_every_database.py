"""What databases see differently: sorting and paging, quotas under concurrency, odd characters."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.db import schema
from tests.functional.api.test_keypairs import ED25519
from tests.functional.client import Api
from tests.functional.databases import KINDS, scratch

SORT_KEYS = (
    *("created_at", "description", "disabled", "ephemeral_gb", "flavorid", "id", "is_public", "memory_mb"),
    *("name", "root_gb", "rxtx_factor", "swap", "updated_at", "vcpu_weight", "vcpus"),
)


@pytest.fixture(params=KINDS, scope="module")
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """A database with tables, for the whole module: making them takes seconds on a real server."""
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


def test_pages_by_every_sort_key_show_each_flavor_once(api: Api) -> None:
    for number in range(7):
        flavor = {
            "name": f"f{number}",
            "id": str(number),
            "ram": 1 + number % 2,
            "vcpus": 1 + number % 3,
            "disk": number % 2,
            "rxtx_factor": 1.1 * (1 + number % 2),
            "description": None if number % 3 else f"d{number}",
        }
        assert api.admin.post("/flavors", {"flavor": flavor}, version="2.55").status_int == 200
    api.admin.put("/flavors/3", {"flavor": {"description": "changed"}}, version="2.55")
    for key in SORT_KEYS:
        for direction in ("asc", "desc"):
            order = f"sort_key={key}&sort_dir={direction}"
            whole = [item["id"] for item in api.get(f"/flavors?{order}").json["flavors"]]
            paged: list[str] = []
            while page := api.get(
                f"/flavors?{order}&limit=2" + (f"&marker={paged[-1]}" if paged else "")
            ).json["flavors"]:
                paged += [item["id"] for item in page]
            assert paged == whole, order
            assert len(whole) == 7


def test_filters(api: Api) -> None:
    for name, public in (("open", True), ("closed", False)):
        flavor = {"name": name, "id": name, "ram": 1, "vcpus": 1, "disk": 1}
        api.admin.post("/flavors", {"flavor": flavor | {"os-flavor-access:is_public": public}})
    for value, shown in (("true", ["open"]), ("false", ["closed"]), ("none", ["closed", "open"])):
        found = api.admin.get(f"/flavors?is_public={value}&minRam=1").json["flavors"]
        assert [flavor["id"] for flavor in found] == shown
    assert api.admin.post("/flavors", {"flavor": flavor}).status_int == 409
    api.admin.post("/flavors/closed/action", {"addTenantAccess": {"tenant": api.project}})
    again = api.admin.post("/flavors/closed/action", {"addTenantAccess": {"tenant": api.project}})
    assert again.status_int == 409
    assert len(api.get("/flavors").json["flavors"]) == 2
    specs = {"extra_specs": {"a": "1", "b": "2"}}
    for _ in range(2):
        assert api.admin.post("/flavors/open/os-extra_specs", specs).status_int == 200
    assert api.get("/flavors/detail", version="2.61").json["flavors"][1]["extra_specs"] == {
        "a": "1",
        "b": "2",
    }
    assert api.admin.delete("/flavors/closed").status_int == 202


def test_the_key_pair_quota_holds_when_all_come_at_once(api: Api, conf: cfg.ConfigOpts) -> None:
    conf.set_override("key_pairs", 3, group="quota")
    barrier = threading.Barrier(8)
    statuses: list[int] = []

    def create(number: int) -> None:
        barrier.wait()
        body = {"keypair": {"name": f"k{number}", "public_key": ED25519}}
        statuses.append(api.post("/os-keypairs", body).status_int)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 3 + [403] * 5
    assert len(api.get("/os-keypairs").json["keypairs"]) == 3


def test_limits_count_nothing_as_zero(api: Api) -> None:
    absolute = api.get("/limits").json["limits"]["absolute"]
    assert (absolute["totalInstancesUsed"], absolute["totalCoresUsed"], absolute["totalRAMUsed"]) == (0, 0, 0)


def test_the_character_that_postgresql_refuses(api: Api) -> None:
    for path in ("/flavors/%00", "/flavors?marker=%00", "/os-keypairs/%00", "/images?name=%00"):
        assert api.get(path).status_int == 400
    flavor = {"name": "f", "id": "1", "ram": 1, "vcpus": 1, "disk": 1}
    api.admin.post("/flavors", {"flavor": flavor})
    path = "/flavors/1/os-extra_specs"
    assert api.admin.post(path, {"extra_specs": {"a": "b\0"}}).status_int == 400
    literally = {"a": "b\\u0000"}
    assert api.admin.post(path, {"extra_specs": literally}).status_int == 200
    assert api.get(path).json["extra_specs"] == literally
