"""/os-server-groups: what each version takes and shows, who sees what, paging, quotas."""

from __future__ import annotations

from typing import Any

import pytest

from nova_api import backend as nova_backend
from tests.functional.client import ADMIN_PROJECT, Api

pytestmark = pytest.mark.databases

PATH = "/os-server-groups"


def create(api: Api, version: str = "2.64", **asked: Any) -> Any:
    body = {"name": "g", **asked}
    if version == "2.64":
        body.setdefault("policy", "affinity")
    else:
        body.setdefault("policies", ["affinity"])
    return api.post(PATH, {"server_group": body}, version=version)


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("2.1", {"id", "name", "policies", "members", "metadata"}),
        ("2.12", {"id", "name", "policies", "members", "metadata"}),
        ("2.13", {"id", "name", "policies", "members", "metadata", "project_id", "user_id"}),
        ("2.63", {"id", "name", "policies", "members", "metadata", "project_id", "user_id"}),
        ("2.64", {"id", "name", "policy", "rules", "members", "project_id", "user_id"}),
        ("2.104", {"id", "name", "policy", "rules", "members", "project_id", "user_id"}),
    ],
)
def test_fields_by_version(api: Api, version: str, keys: set[str]) -> None:
    made = create(api).json["server_group"]
    shown = api.get(f"{PATH}/{made['id']}", version=version).json["server_group"]
    assert set(shown) == keys
    (listed,) = api.get(PATH, version=version).json["server_groups"]
    assert listed == shown
    assert shown["members"] == []
    assert shown.get("policy", "affinity") == "affinity"
    assert shown.get("policies", ["affinity"]) == ["affinity"]
    if "project_id" in keys:
        assert (shown["project_id"], shown["user_id"]) == (api.project, "demo")


def test_create_in_each_form(api: Api) -> None:
    old = create(api, "2.1", policies=["anti-affinity"])
    assert old.status_int == 200
    assert old.json["server_group"]["policies"] == ["anti-affinity"]
    assert create(api, "2.14", policies=["soft-affinity"]).status_int == 400
    assert create(api, "2.15", policies=["soft-affinity"]).status_int == 200
    assert create(api, "2.63", policies=[]).status_int == 400
    assert create(api, "2.63", policies=["affinity", "affinity"]).status_int == 400
    ruled = create(api, policy="anti-affinity", rules={"max_server_per_host": "3"})
    assert ruled.json["server_group"]["rules"] == {"max_server_per_host": 3}
    assert create(api, policy="affinity", rules={}).status_int == 200
    refused = create(api, policy="soft-anti-affinity", rules={"max_server_per_host": 3})
    assert refused.status_int == 400
    assert "anti-affinity" in refused.json["badRequest"]["message"]


def test_delete_and_what_is_not_there(api: Api) -> None:
    path = f"{PATH}/{create(api).json['server_group']['id']}"
    assert api.delete(path).status_int == 204
    for reply in (api.get(path), api.delete(path)):
        assert reply.status_int == 404
        assert path.rpartition("/")[2] in reply.json["itemNotFound"]["message"]


def test_who_may(api: Api) -> None:
    path = f"{PATH}/{create(api).json['server_group']['id']}"
    reader = api.as_("ruth", roles="reader")
    assert reader.get(path).status_int == 200
    assert create(reader).status_int == 403
    assert reader.delete(path).status_int == 403
    stranger = api.as_("eve", "0" * 32)
    assert stranger.get(PATH).json == {"server_groups": []}
    for reply in (stranger.get(path), stranger.delete(path)):
        assert reply.status_int == 404  # as if it did not exist
    assert api.admin.get(path).status_int == 200


def test_lists_are_paged_and_can_be_everybodys(api: Api) -> None:
    ids = [create(api, name=f"g{number}").json["server_group"]["id"] for number in range(3)]
    theirs = create(api.admin).json["server_group"]["id"]

    def listed(query: str, as_: Api = api) -> list[str]:
        return [group["id"] for group in as_.get(f"{PATH}?{query}").json["server_groups"]]

    assert listed("") == ids
    assert listed("limit=2") == ids[:2]
    assert listed("limit=2&offset=2") == ids[2:]
    assert listed("offset=9") == []
    assert listed("limit=0") == ids  # stands for the default
    assert listed("all_projects=1") == ids  # silently
    assert listed("all_projects=1", api.admin) == [*ids, theirs]
    assert listed("", api.admin) == [theirs]
    assert api.admin.project == ADMIN_PROJECT
    assert api.get(f"{PATH}?limit=-1").status_int == 400
    assert api.get(f"{PATH}?offset=x").status_int == 400
    assert api.get(f"{PATH}?colour=red", version="2.74").status_int == 200
    assert api.get(f"{PATH}?colour=red", version="2.75").status_int == 400


def test_quota(api: Api, backend: nova_backend.Backend) -> None:
    backend.conf.set_override("server_groups", 2, group="quota")
    used = [api.get("/limits").json["limits"]["absolute"]["totalServerGroupsUsed"]]
    assert [create(api).status_int for _ in range(2)] == [200, 200]
    reply = create(api)
    assert reply.status_int == 403
    assert "Quota exceeded" in reply.json["forbidden"]["message"]
    used.append(api.get("/limits").json["limits"]["absolute"]["totalServerGroupsUsed"])
    assert used == [0, 2]
    # A user's own limit counts what is his.
    asked = {"quota_set": {"server_groups": 1, "force": True}}
    assert api.admin.put(f"/os-quota-sets/{api.project}?user_id=ann", asked).status_int == 200
    assert (
        api.admin.put(f"/os-quota-sets/{api.project}", {"quota_set": {"server_groups": 9}}).status_int == 200
    )
    ann = api.as_("ann")
    assert [create(ann).status_int for _ in range(2)] == [200, 403]
    assert create(api).status_int == 200
