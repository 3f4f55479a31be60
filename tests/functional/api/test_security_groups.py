"""/os-security-groups (to 2.35)."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api import backend as nova_backend
from nova_api.context import RequestContext
from nova_api.neighbours.networks import seed
from tests.functional.api.servers import given
from tests.functional.client import DEMO_PROJECT, Api

PATH = "/os-security-groups"
DEMO = RequestContext(user_id="demo", project_id=DEMO_PROJECT, roles=["member", "reader"])


def asked(name: str, description: str = "d", **more: Any) -> Any:
    return {"security_group": {"name": name, "description": description, **more}}


def make(api: Api, name: str) -> Any:
    reply = api.post(PATH, asked(name))
    assert reply.status_int == 200, reply.text
    return reply.json["security_group"]


def listed(api: Api, query: str = "") -> list[Any]:
    found: list[Any] = api.get(PATH + query).json["security_groups"]
    return found


def names(api: Api, query: str = "") -> list[str]:
    return [group["name"] for group in listed(api, query)]


@pytest.mark.parametrize("version", [None, "2.35"])
def test_from_making_to_deleting(api: Api, version: str | None) -> None:
    api.version = version
    made = make(api, "web")
    assert made == {
        "id": made["id"], "name": "web", "description": "d", "tenant_id": DEMO_PROJECT, "rules": [],
    }  # fmt: skip
    path = f"{PATH}/{made['id']}"
    assert api.get(path).json == {"security_group": made}
    default, web = listed(api)
    assert (default["name"], web) == ("default", made)
    # Of the default group's rules those that let in are shown, and from whom.
    assert [rule["group"] for rule in default["rules"]] == [
        {"name": "default", "tenant_id": DEMO_PROJECT}
    ] * 2
    changed = api.put(path, asked("www", "", colour="red"))
    assert (changed.status_int, changed.json) == (
        200,
        {"security_group": made | {"name": "www", "description": ""}},
    )
    reply = api.delete(path)
    assert (reply.status_int, reply.body) == (202, b"")
    for gone in (api.get(path), api.put(path, asked("x")), api.delete(path)):
        assert gone.status_int == 404
        assert made["id"] in gone.json["itemNotFound"]["message"]


def test_refusals(api: Api) -> None:
    bodies: list[Any] = [asked("a" * 256), {"security_group": {"name": "x"}}, {"group": {}}, None]
    for body in bodies:
        assert api.post(PATH, body).status_int == 400
    assert "default" in api.post(PATH, asked("default")).json["badRequest"]["message"]
    for call in (api.get(f"{PATH}/7"), api.put(f"{PATH}/7", asked("x")), api.delete(f"{PATH}/7")):
        assert call.status_int == 400
        assert "'7'" in call.json["badRequest"]["message"]
    default = f"{PATH}/{listed(api)[0]['id']}"
    assert api.put(default, asked("mine")).status_int == 400
    assert (
        api.put(default, asked("default", "new words")).json["security_group"]["description"] == "new words"
    )
    assert api.delete(default).status_int == 400


def test_one_that_is_used_stays(api: Api, backend: nova_backend.Backend) -> None:
    seed(backend.networks)
    group = make(api, "web")["id"]
    uuid = given.server(backend)
    backend.networks.allocate(DEMO, uuid, DEMO_PROJECT, "auto", [group], "compute1")
    refused = api.delete(f"{PATH}/{group}")
    assert refused.status_int == 400
    assert "in use" in refused.json["badRequest"]["message"]
    backend.networks.deallocate(DEMO, uuid)
    assert api.delete(f"{PATH}/{group}").status_int == 202


def test_pages_and_other_projects(api: Api) -> None:
    for name in ("b", "a", "c"):
        make(api, name)
    assert names(api) == ["a", "b", "c", "default"]
    assert names(api, "?limit=2") == ["a", "b"]
    assert names(api, "?limit=2&offset=3") == ["default"]
    assert names(api, "?limit=0") == ["a", "b", "c", "default"]
    assert names(api, f"?offset={10**30}") == []
    make(api.admin, "z")
    assert names(api.admin) == ["default", "z"]
    assert names(api.admin, "?all_tenants=0") == ["default", "z"]
    assert sorted(names(api.admin, "?all_tenants=1")) == ["a", "b", "c", "default", "default", "z"]
    assert names(api, "?all_tenants=1") == ["a", "b", "c", "default"]
    for bad in ("?limit=-1", "?offset=x"):
        assert api.get(PATH + bad).status_int == 400


def test_who_may(api: Api) -> None:
    path = f"{PATH}/{make(api, 'web')['id']}"
    reader = api.as_("ruth", roles="reader")
    assert [reader.get(PATH).status_int, reader.get(path).status_int] == [200, 200]
    for refused in (reader.post(PATH, asked("x")), reader.put(path, asked("x")), reader.delete(path)):
        assert refused.status_int == 403
        assert "os_compute_api:os-security-groups:" in refused.json["forbidden"]["message"]
    stranger = api.as_("eve", "e" * 32)
    assert names(stranger) == ["default"]
    for hidden in (stranger.get(path), stranger.put(path, asked("x")), stranger.delete(path)):
        assert hidden.status_int == 404
    assert api.admin.get(path).status_int == 200


def test_the_last_version(api: Api) -> None:
    assert api.get(PATH, version="2.36").status_int == 404
    assert api.post(PATH, asked("x"), version="2.36").status_int == 404
    assert api.post(PATH, asked("x"), root="/v2").status_int == 200
    assert names(api) == ["default", "x"]
