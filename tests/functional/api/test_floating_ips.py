"""/os-floating-ips (to 2.35): taking, leading to a server, giving back; also on every kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.context import RequestContext, admin
from nova_api.db import schema
from nova_api.neighbours.networks import seed
from tests.functional.api.servers import given, rows
from tests.functional.client import DEMO_PROJECT, Api
from tests.functional.databases import KINDS, scratch

PATH = "/os-floating-ips"
DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


@pytest.fixture
def kind() -> str:
    """Of the database; a test that wants another one is parametrized with it."""
    return "sqlite"


@pytest.fixture
def backend(conf: cfg.ConfigOpts, kind: str) -> Iterator[nova_backend.Backend]:
    """In place of the ordinary one: on a database of that kind."""
    with scratch(kind) as url:
        if url is not None:
            conf.set_override("connection", url, group="database")
        made = nova_backend.of(conf)
        schema.metadata.create_all(made.db.engine)
        yield made
        made.db.dispose()


@pytest.fixture
def cloud(backend: nova_backend.Backend) -> nova_backend.Backend:
    """With the networks private and public."""
    seed(backend.networks)
    return backend


def server(cloud: nova_backend.Backend) -> str:
    """A server with a NIC on the network private."""
    uuid = given.server(cloud)
    cloud.networks.allocate(DEMO, uuid, DEMO_PROJECT, "auto", [], "compute1")
    return uuid


def take(api: Api, **body: Any) -> Any:
    reply = api.post(PATH, body or None)
    assert reply.status_int == 200, reply.text
    return reply.json["floating_ip"]


def walk(api: Api, cloud: nova_backend.Backend) -> None:
    """Takes one, leads it to a server and gives it back."""
    made = take(api, pool="public")
    assert made == {
        "id": made["id"],
        "ip": made["ip"],
        "fixed_ip": None,
        "instance_id": None,
        "pool": "public",
    }
    assert made["ip"].startswith("203.0.113.")
    uuid = server(cloud)
    assert api.post(f"/servers/{uuid}/action", {"addFloatingIp": {"address": made["ip"]}}).status_int == 202
    (fixed,) = cloud.networks.nics_of([uuid])[uuid][0]["fixed_ips"]
    led = made | {"fixed_ip": fixed["address"], "instance_id": uuid}
    assert api.get(f"{PATH}/{made['id']}").json == {"floating_ip": led}
    assert api.get(PATH).json == {"floating_ips": [led]}
    reply = api.delete(f"{PATH}/{made['id']}")
    assert (reply.status_int, reply.body) == (202, b"")
    assert api.get(PATH).json == {"floating_ips": []}
    assert rows.server(cloud, uuid).nics[0]["floating_ips"] == []  # searches by address do not find it
    for gone in (api.get(f"{PATH}/{made['id']}"), api.delete(f"{PATH}/{made['id']}")):
        assert gone.status_int == 404
        assert made["id"] in gone.json["itemNotFound"]["message"]


@pytest.mark.parametrize("version", [None, "2.35"])
def test_from_taking_to_giving_back(api: Api, cloud: nova_backend.Backend, version: str | None) -> None:
    api.version = version
    walk(api, cloud)


@pytest.mark.parametrize("kind", KINDS[1:])
def test_on_other_databases(kind: str, api: Api, cloud: nova_backend.Backend) -> None:
    assert cloud.db.engine.dialect.name == {"mariadb": "mysql"}.get(kind, kind)
    walk(api, cloud)


def test_pools(api: Api, cloud: nova_backend.Backend) -> None:
    assert take(api)["pool"] == "public"
    assert take(api, pool=None)["pool"] == "public"
    networks = cloud.networks.networks
    public = next(network for network in networks.list(admin()) if network.external)
    assert take(api, pool=public.id)["pool"] == "public"
    unknown = api.post(PATH, {"pool": "none"})
    assert unknown.status_int == 404
    assert "none" in unknown.json["itemNotFound"]["message"]
    assert api.post(PATH, {"pool": "private"}).status_int == 404
    empty = networks.create(admin(), {"name": "empty", "external": True, "is_default": True})
    for body in (None, {"pool": "empty"}):  # it is the default now, and has no addresses
        refused = api.post(PATH, body)
        assert refused.status_int == 404
        assert "No more floating IPs in pool empty" in refused.json["itemNotFound"]["message"]
    networks.create(admin(), {"name": "empty", "external": True})
    assert api.post(PATH, {"pool": "empty"}).status_int == 400
    assert api.post(PATH, {"pool": empty.id}).status_int == 404
    assert api.post(PATH, {"pool": 7}).status_int == 400
    assert api.post(PATH, [1]).status_int == 400
    assert take(api, pool="public", colour="red")["pool"] == "public"


def test_who_may(api: Api, cloud: nova_backend.Backend) -> None:
    made = take(api)
    path = f"{PATH}/{made['id']}"
    reader = api.as_("ruth", roles="reader")
    assert reader.get(path).json == {"floating_ip": made}
    for refused in (reader.post(PATH), reader.delete(path)):
        assert refused.status_int == 403
        assert "os_compute_api:os-floating-ips:" in refused.json["forbidden"]["message"]
    stranger = api.as_("eve", "e" * 32)
    assert stranger.get(PATH).json == {"floating_ips": []}
    assert [stranger.get(path).status_int, stranger.delete(path).status_int] == [404, 404]
    assert api.admin.get(PATH).json == {"floating_ips": []}  # his project's, though he may see any
    assert api.admin.get(path).json == {"floating_ip": made}


def test_the_last_version(api: Api, cloud: nova_backend.Backend) -> None:
    path = f"{PATH}/{take(api)['id']}"
    for method, url in (("GET", PATH), ("POST", PATH), ("GET", path), ("DELETE", path)):
        assert api.request(method, url, version="2.36").status_int == 404
    assert api.post(PATH, {"pool": "public"}, root="/v2").status_int == 200


def test_statements_do_not_grow_with_the_list(api: Api, cloud: nova_backend.Backend) -> None:
    counts = []
    for _ in range(2):
        take(api)
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_rest: Any, seen: list[str] = seen) -> None:
            seen.append(statement)

        sa.event.listen(cloud.db.engine, "before_cursor_execute", note)
        assert api.get(PATH).status_int == 200
        sa.event.remove(cloud.db.engine, "before_cursor_execute", note)
        counts.append(len(seen))
    assert counts[0] == counts[1] > 0
