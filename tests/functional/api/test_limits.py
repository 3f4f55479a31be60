"""/limits: quotas, use, and rates."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
import sqlalchemy as sa
import webob
from oslo_config import cfg

from nova_api import backend as nova_backend
from nova_api.context import RATE_LIMITS_KEY
from nova_api.db.schema.compute import servers
from tests.functional.client import DEMO_PROJECT, Api

ALWAYS = {
    "maxTotalInstances": 10,
    "maxTotalCores": 20,
    "maxTotalRAMSize": 51200,
    "maxTotalKeypairs": 100,
    "maxServerMeta": 128,
    "maxServerGroups": 10,
    "maxServerGroupMembers": 10,
    "totalInstancesUsed": 0,
    "totalCoresUsed": 0,
    "totalRAMUsed": 0,
    "totalServerGroupsUsed": 0,
}
TO_2_35 = {
    "maxTotalFloatingIps": -1,
    "maxSecurityGroups": -1,
    "maxSecurityGroupRules": -1,
    "totalFloatingIpsUsed": 0,
    "totalSecurityGroupsUsed": 0,
}
TO_2_38 = {"maxImageMeta": 128}
TO_2_56 = {"maxPersonality": 5, "maxPersonalitySize": 10240}


@pytest.mark.parametrize(
    ("version", "more"),
    [
        ("2.1", TO_2_35 | TO_2_38 | TO_2_56),
        ("2.35", TO_2_35 | TO_2_38 | TO_2_56),
        ("2.36", TO_2_38 | TO_2_56),
        ("2.38", TO_2_38 | TO_2_56),
        ("2.39", TO_2_56),
        ("2.56", TO_2_56),
        ("2.57", {}),
        ("2.104", {}),
    ],
)
def test_absolute_limits_by_version(api: Api, version: str, more: dict[str, int]) -> None:
    answer = api.get("/limits", version=version)
    assert answer.json == {"limits": {"rate": [], "absolute": ALWAYS | more}}


def test_limits_come_from_the_options(api: Api, conf: cfg.ConfigOpts) -> None:
    conf.set_override("cores", 7, group="quota")
    assert api.get("/limits").json["limits"]["absolute"]["maxTotalCores"] == 7


def add_server(backend: nova_backend.Backend, project: str, **values: Any) -> None:
    row = {
        "uuid": str(uuid.uuid4()),
        "project_id": project,
        "user_id": "demo",
        "name": "s",
        "hostname": "s",
        "reservation_id": "r-12345678",
        "vm_state": "active",
        "flavor": {},
        "vcpus": 2,
        "memory_mb": 512,
        "root_gb": 1,
        "flavorid": "1",
    }
    with backend.db.writer() as conn:
        conn.execute(sa.insert(servers).values(**row | values))


def used(api: Api, query: str = "") -> tuple[int, int, int]:
    absolute = api.get(f"/limits{query}").json["limits"]["absolute"]
    return absolute["totalInstancesUsed"], absolute["totalCoresUsed"], absolute["totalRAMUsed"]


def test_use_counts_the_live_servers_of_the_project(api: Api, backend: nova_backend.Backend) -> None:
    for state in ("active", "building", "error", "shelved_offloaded"):
        add_server(backend, DEMO_PROJECT, vm_state=state)
    add_server(backend, DEMO_PROJECT, vm_state="soft-delete")
    add_server(backend, DEMO_PROJECT, vm_state="deleted", deleted=True)
    add_server(backend, "other")
    assert used(api) == (4, 8, 2048)
    assert used(api.admin, f"?tenant_id={DEMO_PROJECT}") == (4, 8, 2048)
    assert used(api.admin, "?tenant_id=unheard-of") == (0, 0, 0)


def test_other_projects_are_for_administrators(api: Api) -> None:
    answer = api.get("/limits?tenant_id=other")
    assert answer.status_int == 403
    assert "os_compute_api:limits:other_project" in answer.json["forbidden"]["message"]


def test_unknown_keys_are_refused_from_2_75(api: Api) -> None:
    assert api.get("/limits?reserved=1", version="2.74").status_int == 200
    assert api.get("/limits?reserved=1", version="2.75").status_int == 400


def test_rates_are_what_the_filter_says(api: Api) -> None:
    rates = [{"uri": "*", "regex": ".*", "limit": []}]
    request = webob.Request.blank("/v2.1/limits", headers={"X-Auth-Token": api.token})
    request.environ[RATE_LIMITS_KEY] = lambda: rates
    assert request.get_response(api.app).json["limits"]["rate"] == rates
