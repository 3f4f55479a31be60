"""/os-quota-sets and /os-quota-class-sets: limits of projects, of users, of everybody."""

from __future__ import annotations

from typing import Any

import pytest
from oslo_config import cfg

from tests.functional.client import Api

P = "a" * 32
FILES = {"injected_files", "injected_file_content_bytes", "injected_file_path_bytes"}
NETWORK = {"fixed_ips", "floating_ips", "security_groups", "security_group_rules"}
GROUPS = {"server_groups", "server_group_members"}
ALWAYS = {"instances", "cores", "ram", "metadata_items", "key_pairs"}


def put(api: Api, query: str = "", version: str | None = None, project: str = P, **limits: Any) -> Any:
    return api.put(f"/os-quota-sets/{project}{query}", {"quota_set": limits}, version=version)


def shown(api: Api, rest: str = "", version: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/os-quota-sets/{P}{rest}", version=version).json["quota_set"]
    return found


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("2.1", ALWAYS | GROUPS | FILES | NETWORK),
        ("2.35", ALWAYS | GROUPS | FILES | NETWORK),
        ("2.36", ALWAYS | GROUPS | FILES),
        ("2.56", ALWAYS | GROUPS | FILES),
        ("2.57", ALWAYS | GROUPS),
    ],
)
def test_resources_by_version(api: Api, version: str, keys: set[str]) -> None:
    admin = api.admin
    for rest in ("", "/defaults"):
        found = shown(admin, rest, version)
        assert set(found) == keys | {"id"}
        assert found["id"] == P
    detail = shown(admin, "/detail", version)
    assert detail.pop("id") == P
    assert set(detail) == keys
    assert all(set(usage) == {"limit", "in_use", "reserved"} for usage in detail.values())
    updated = put(admin, version=version).json["quota_set"]
    assert set(updated) == keys
    assert all(shown(admin, "", "2.1")[name] == -1 for name in NETWORK)


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("2.1", ALWAYS | FILES | NETWORK),
        ("2.49", ALWAYS | FILES | NETWORK),
        ("2.50", ALWAYS | GROUPS | FILES),
        ("2.57", ALWAYS | GROUPS),
    ],
)
def test_resources_of_classes_by_version(api: Api, version: str, keys: set[str]) -> None:
    path = "/os-quota-class-sets/default"
    assert set(api.admin.get(path, version=version).json["quota_class_set"]) == keys | {"id"}
    reply = api.admin.put(path, {"quota_class_set": {"cores": 7}}, version=version)
    assert set(reply.json["quota_class_set"]) == keys
    # Requests took those that replies left out.
    assert api.admin.put(path, {"quota_class_set": {"server_groups": 3}}, version=version).status_int == 200


def test_a_project_its_users_and_the_class_of_all(api: Api) -> None:
    admin = api.admin
    assert admin.put("/os-quota-class-sets/default", {"quota_class_set": {"cores": 7}}).status_int == 200
    assert admin.put("/os-quota-class-sets/gold", {"quota_class_set": {"cores": 700}}).status_int == 200
    assert admin.get("/os-quota-class-sets/gold").json["quota_class_set"]["cores"] == 700
    assert shown(admin)["cores"] == shown(admin, "/defaults")["cores"] == 7
    assert put(admin, cores=30, ram="1024").json["quota_set"]["cores"] == 30
    assert put(admin, "?user_id=ann", cores=4).json["quota_set"]["cores"] == 4
    assert shown(admin)["cores"] == 30
    ann = shown(admin, "?user_id=ann")
    assert (ann["cores"], ann["ram"]) == (4, 1024)
    assert shown(admin, "?user_id=bob")["cores"] == 30
    assert shown(admin, "/defaults")["cores"] == 7
    own = api.as_("ann", P)
    assert own.get("/limits").json["limits"]["absolute"]["maxTotalCores"] == 30

    assert admin.delete(f"/os-quota-sets/{P}?user_id=ann").status_int == 202
    assert shown(admin, "?user_id=ann")["cores"] == 30
    assert put(admin, "?user_id=ann", cores=4).status_int == 200
    assert admin.delete(f"/os-quota-sets/{P}").status_int == 202
    assert shown(admin)["cores"] == shown(admin, "?user_id=ann")["cores"] == 7


def test_limits_stay_in_range_unless_forced(api: Api) -> None:
    admin, owner = api.admin, api.as_("ann", P)
    asked = {"server_group": {"name": "g", "policies": ["affinity"]}}
    assert [owner.post("/os-server-groups", asked).status_int for _ in range(3)] == [200] * 3
    reply = put(admin, server_groups=2)
    assert reply.status_int == 400
    message = reply.json["badRequest"]["message"]
    assert all(word in message for word in ("2", "server_groups", "3"))
    assert put(admin, server_groups=-1).status_int == 200
    assert put(admin, server_groups=2, force="True").json["quota_set"]["server_groups"] == 2
    assert shown(admin, "/detail")["server_groups"] == {"limit": 2, "in_use": 3, "reserved": 0}
    assert shown(admin, "/detail?user_id=bob")["server_groups"]["in_use"] == 0

    # Users share what the project has.
    assert put(admin, cores=10).status_int == 200
    assert put(admin, "?user_id=ann", cores=6).status_int == 200
    assert put(admin, "?user_id=bob", cores=5).status_int == 400
    assert put(admin, "?user_id=bob", cores=4).status_int == 200
    assert put(admin, "?user_id=bob", cores=-1).status_int == 400
    assert put(admin, cores=9).status_int == 400
    assert put(admin, cores=9, force=True).status_int == 200


@pytest.mark.parametrize("value", [-2, 2147483648, "x", None, 1.5, ""])
def test_values_that_are_no_limits(api: Api, value: Any) -> None:
    assert put(api.admin, cores=value).status_int == 400
    asked = {"quota_class_set": {"cores": value}}
    assert api.admin.put("/os-quota-class-sets/default", asked).status_int == 400
    assert shown(api.admin)["cores"] == 20


def test_names_that_no_row_can_hold(api: Api) -> None:
    long = "b" * 256
    assert put(api.admin, project=long, cores=1).status_int == 400
    assert put(api.admin, f"?user_id={long}", cores=1).status_int == 400
    asked = {"quota_class_set": {"cores": 1}}
    assert api.admin.put(f"/os-quota-class-sets/{long}", asked).status_int == 400
    assert api.admin.get(f"/os-quota-class-sets/{long}").status_int == 200


def test_who_may(api: Api) -> None:
    owner = api.as_("ann", P)
    assert owner.get(f"/os-quota-sets/{P}").status_int == 200
    assert owner.get(f"/os-quota-sets/{P}/detail").status_int == 200
    assert api.get(f"/os-quota-sets/{P}/defaults").status_int == 200
    for reply in (
        api.get(f"/os-quota-sets/{P}"),
        api.get(f"/os-quota-sets/{P}/detail"),
        put(owner, cores=1),
        owner.delete(f"/os-quota-sets/{P}"),
        owner.get("/os-quota-class-sets/default"),
        owner.put("/os-quota-class-sets/default", {"quota_class_set": {}}),
    ):
        assert reply.status_int == 403
        assert "os_compute_api:os-quota-" in reply.json["forbidden"]["message"]


def test_unknown_query_keys(api: Api) -> None:
    for path in (f"/os-quota-sets/{P}?a=1", f"/os-quota-sets/{P}/detail?a=1"):
        assert api.admin.get(path, version="2.74").status_int == 200
        assert api.admin.get(path, version="2.75").status_int == 400
    assert api.admin.get(f"/os-quota-sets/{P}/defaults?a=1", version="2.104").status_int == 200


@pytest.mark.parametrize("driver", ["noop", "nova.quota.NoopQuotaDriver"])
def test_without_quotas_every_number_is_minus_one(api: Api, conf: cfg.ConfigOpts, driver: str) -> None:
    admin = api.admin
    put(admin, cores=3)
    conf.set_override("driver", driver, group="quota")
    for found in (
        shown(admin),
        shown(admin, "/defaults"),
        shown(admin, "?user_id=u"),
        {"id": P, **put(admin, cores=5).json["quota_set"]},
        admin.get("/os-quota-class-sets/default").json["quota_class_set"] | {"id": P},
    ):
        assert found.pop("id") == P
        assert set(found.values()) == {-1}
    detail = shown(admin, "/detail")
    del detail["id"]
    assert all(usage == {"limit": -1, "in_use": -1, "reserved": -1} for usage in detail.values())
    # What was set before is there again, and what was set meanwhile is not.
    conf.set_override("driver", "db", group="quota")
    assert shown(admin)["cores"] == 3
