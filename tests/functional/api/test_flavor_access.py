"""Access lists of private flavors: os-flavor-access, addTenantAccess, removeTenantAccess."""

from __future__ import annotations

from typing import Any

import pytest
import webob

from tests.functional.client import Api


@pytest.fixture
def admin(api: Api) -> Api:
    """An administrator, with a public and a private flavor."""
    for name, public in (("public", True), ("private", False)):
        flavor = {"name": name, "id": name, "ram": 1, "vcpus": 1, "disk": 1}
        api.admin.post("/flavors", {"flavor": flavor | {"os-flavor-access:is_public": public}})
    return api.admin


def act(api: Api, action: str, tenant: Any, flavor: str = "private", version: str = "2.1") -> webob.Response:
    return api.post(f"/flavors/{flavor}/action", {action: {"tenant": tenant}}, version=version)


def test_give_and_take(admin: Api) -> None:
    assert admin.get("/flavors/private/os-flavor-access").json == {"flavor_access": []}
    first = [{"flavor_id": "private", "tenant_id": "p1"}]
    given = act(admin, "addTenantAccess", "p1")
    assert (given.status_int, given.json) == (200, {"flavor_access": first})
    both = act(admin, "addTenantAccess", "p2").json["flavor_access"]
    assert admin.get("/flavors/private/os-flavor-access").json["flavor_access"] == both
    assert len(both) == 2
    taken = act(admin, "removeTenantAccess", "p2")
    assert (taken.status_int, taken.json) == (200, {"flavor_access": first})


def test_twice_is_a_conflict_and_never_is_not_found(admin: Api) -> None:
    act(admin, "addTenantAccess", "p1")
    assert act(admin, "addTenantAccess", "p1").status_int == 409
    assert act(admin, "removeTenantAccess", "p2").status_int == 404


def test_a_public_flavor(admin: Api) -> None:
    assert admin.get("/flavors/public/os-flavor-access").status_int == 404
    assert act(admin, "addTenantAccess", "p1", "public", version="2.6").status_int == 200
    assert act(admin, "addTenantAccess", "p2", "public", version="2.7").status_int == 409
    assert act(admin, "removeTenantAccess", "p1", "public", version="2.7").status_int == 200


@pytest.mark.parametrize("tenant", ["", None, 1, "x" * 256])
def test_bad_tenants(admin: Api, tenant: Any) -> None:
    assert act(admin, "addTenantAccess", tenant).status_int == 400


def test_unknown_flavor(admin: Api) -> None:
    assert admin.get("/flavors/nope/os-flavor-access").status_int == 404
    assert act(admin, "addTenantAccess", "p1", "nope").status_int == 404


def test_only_for_administrators(api: Api, admin: Api) -> None:
    for answer, name in (
        (api.get("/flavors/private/os-flavor-access"), "os-flavor-access"),
        (act(api, "addTenantAccess", "p1"), "os-flavor-access:add_tenant_access"),
        (act(api, "removeTenantAccess", "p1"), "os-flavor-access:remove_tenant_access"),
    ):
        assert answer.status_int == 403
        assert f"os_compute_api:{name}" in answer.json["forbidden"]["message"]


def test_unknown_action(admin: Api) -> None:
    answer = admin.post("/flavors/private/action", {"paint": {}})
    assert answer.status_int == 400
    assert "paint" in answer.json["badRequest"]["message"]
