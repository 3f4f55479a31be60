"""/os-hypervisors: fields and routes by version, paging, servers, what they use."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from nova_api import backend as nova_backend
from nova_api.db import nodes
from nova_api.db.schema.compute import compute_nodes, services
from tests.functional.api.servers import given
from tests.functional.api.test_services import NODE
from tests.functional.client import Api

PATH = "/os-hypervisors"
HOSTS = ("alpha", "beta", "gamma")
BRIEF = {"id", "hypervisor_hostname", "state", "status"}
ALWAYS = BRIEF | {"service", "host_ip", "hypervisor_type", "hypervisor_version"}
SIZES = {
    *("cpu_info", "vcpus", "vcpus_used", "memory_mb", "memory_mb_used", "free_ram_mb", "local_gb"),
    *("local_gb_used", "free_disk_gb", "disk_available_least", "running_vms", "current_workload"),
}


@pytest.fixture
def admin(api: Api, backend: nova_backend.Backend) -> Api:
    """Three nodes, node-alpha to node-gamma; two servers on the first, one of them with a task."""
    for host in HOSTS:
        given.service(backend, host)
        with backend.db.writer() as conn:
            values = {**NODE, "cpu_info": {"arch": "x86_64"}, "disk_available_least": 7}
            nodes.report(conn, host, f"node-{host}", values)
    for task in (None, "rebooting"):
        given.server(backend, host="alpha", node="node-alpha", task_state=task)
    with backend.db.writer() as conn:
        conn.execute(sa.update(compute_nodes).where(compute_nodes.c.id == 1).values(memory_mb_used=1024))
    return api.admin


def uuids(admin: Api) -> list[str]:
    return [found["id"] for found in admin.get(PATH, version="2.53").json["hypervisors"]]


@pytest.mark.parametrize(
    ("version", "keys"),
    [("2.1", ALWAYS | SIZES), ("2.87", ALWAYS | SIZES), ("2.88", ALWAYS | {"uptime"})],
)
def test_fields_by_version(admin: Api, version: str, keys: set[str]) -> None:
    brief = admin.get(PATH, version=version).json["hypervisors"]
    assert [set(found) for found in brief] == [BRIEF] * 3
    detail = admin.get(f"{PATH}/detail", version=version).json["hypervisors"]
    assert [set(found) for found in detail] == [keys] * 3
    shown = admin.get(f"{PATH}/{detail[0]['id']}", version=version).json["hypervisor"]
    assert shown == detail[0]


def test_values(admin: Api) -> None:
    first = admin.get(f"{PATH}/1", version="2.28").json["hypervisor"]
    assert first["id"] == 1
    assert first["service"] == {"id": 1, "host": "alpha", "disabled_reason": None}
    assert (first["state"], first["status"]) == ("up", "enabled")
    assert first["cpu_info"] == {"arch": "x86_64"}
    assert json.loads(admin.get(f"{PATH}/1", version="2.27").json["hypervisor"]["cpu_info"]) == {
        "arch": "x86_64"
    }
    # 512 MiB are kept for the host itself.
    assert (first["memory_mb"], first["memory_mb_used"], first["free_ram_mb"]) == (4096, 1536, 2560)
    assert (first["running_vms"], first["current_workload"]) == (2, 1)
    assert first["disk_available_least"] == 7
    second = admin.get(f"{PATH}/2").json["hypervisor"]
    assert (second["running_vms"], second["current_workload"]) == (0, 0)


def test_state_and_status_are_those_of_the_service(admin: Api, backend: nova_backend.Backend) -> None:
    with backend.db.writer() as conn:
        conn.execute(sa.update(services).where(services.c.host == "beta").values(forced_down=True))
        conn.execute(
            sa.update(services)
            .where(services.c.host == "gamma")
            .values(disabled=True, disabled_reason="broken", last_seen_at=None)
        )
    found = admin.get(f"{PATH}/detail").json["hypervisors"]
    assert [(h["state"], h["status"]) for h in found] == [
        ("up", "enabled"),
        ("down", "enabled"),
        ("down", "disabled"),
    ]
    assert found[2]["service"]["disabled_reason"] == "broken"


@pytest.mark.parametrize("detail", ["", "/detail"])
def test_paging(admin: Api, detail: str) -> None:
    def page(query: str, version: str) -> tuple[list[Any], str | None]:
        reply = admin.get(f"{PATH}{detail}?{query}", version=version)
        assert reply.status_int == 200, reply.text
        links = reply.json.get("hypervisors_links", [{"href": None}])
        return [found["id"] for found in reply.json["hypervisors"]], links[0]["href"]

    assert page("limit=1", "2.32") == ([1, 2, 3], None)
    ids, href = page("limit=2", "2.33")
    assert ids == [1, 2]
    assert href is not None
    assert href.endswith(f"{PATH}{detail}?limit=2&marker=2")
    assert page("limit=2&marker=2", "2.33") == ([3], None)
    everybody = uuids(admin)
    ids, href = page("limit=1", "2.53")
    assert ids == everybody[:1]
    assert href is not None
    assert href.endswith(f"marker={everybody[0]}")
    assert page(f"marker={everybody[0]}", "2.53")[0] == everybody[1:]
    assert page("limit=0", "2.53")[0] == []
    for query, version in (
        ("marker=99", "2.33"),
        ("marker=x", "2.33"),
        ("marker=1", "2.53"),
        ("marker=11111111-2222-3333-4444-555555555555", "2.53"),
        ("limit=-1", "2.33"),
        ("limit=1&limit=2", "2.53"),
        ("colour=red", "2.53"),
        ("hypervisor_hostname_pattern=node&limit=1", "2.53"),
    ):
        assert admin.get(f"{PATH}{detail}?{query}", version=version).status_int == 400, query


def test_servers(admin: Api) -> None:
    ids = uuids(admin)
    for version, empty in (("2.53", None), ("2.74", None), ("2.75", [])):
        for path in (PATH, f"{PATH}/detail"):
            found = admin.get(f"{path}?with_servers=true", version=version).json["hypervisors"]
            assert [set(server) for server in found[0]["servers"]] == [{"name", "uuid"}] * 2
            assert found[0]["servers"][0]["name"] == "instance-00000001"
            assert found[1].get("servers") == empty
        shown = admin.get(f"{PATH}/{ids[1]}?with_servers=1", version=version).json["hypervisor"]
        assert shown.get("servers") == empty
        assert "servers" not in admin.get(f"{PATH}/{ids[0]}", version=version).json["hypervisor"]
    assert admin.get(f"{PATH}/{ids[0]}?with_servers=perhaps", version="2.53").status_int == 400
    assert "servers" not in admin.get(f"{PATH}/1?with_servers=1", version="2.52").json["hypervisor"]


def test_patterns(admin: Api) -> None:
    def names(reply: Any) -> list[str]:
        return [found["hypervisor_hostname"] for found in reply.json["hypervisors"]]

    assert names(admin.get(f"{PATH}/e-b/search", version="2.52")) == ["node-beta"]
    found = admin.get(f"{PATH}/node/servers", version="2.52").json["hypervisors"]
    assert [len(hypervisor.get("servers", ())) for hypervisor in found] == [2, 0, 0]
    assert [("servers" in hypervisor) for hypervisor in found] == [True, False, False]
    assert names(admin.get(f"{PATH}?hypervisor_hostname_pattern=e-g", version="2.53")) == ["node-gamma"]
    for path, version in (
        (f"{PATH}/x/search", "2.52"),
        (f"{PATH}/x/servers", "2.52"),
        (f"{PATH}?hypervisor_hostname_pattern=x", "2.53"),
        (f"{PATH}/detail?hypervisor_hostname_pattern=x", "2.53"),
    ):
        reply = admin.get(path, version=version)
        assert reply.status_int == 404
        assert "'x'" in reply.json["itemNotFound"]["message"]
    for route in ("search", "servers"):
        assert admin.get(f"{PATH}/node/{route}", version="2.53").status_int == 404


def test_statistics(admin: Api) -> None:
    found = admin.get(f"{PATH}/statistics").json["hypervisor_statistics"]
    assert found == {
        "count": 3,
        "vcpus": 12,
        "vcpus_used": 0,
        "memory_mb": 12288,
        "memory_mb_used": 1024 + 3 * 512,
        "free_ram_mb": 12288 - 1024 - 3 * 512,
        "local_gb": 300,
        "local_gb_used": 0,
        "free_disk_gb": 300,
        "disk_available_least": 21,
        "running_vms": 2,
        "current_workload": 1,
    }
    asked = {"host": "alpha", "binary": "nova-compute"}
    assert admin.put("/os-services/disable", asked).status_int == 200
    assert admin.get(f"{PATH}/statistics").json["hypervisor_statistics"]["count"] == 2
    assert admin.get(f"{PATH}/statistics", version="2.87").status_int == 200
    assert admin.get(f"{PATH}/statistics", version="2.88").status_int in (400, 404)


def test_uptime(admin: Api, backend: nova_backend.Backend) -> None:
    with backend.db.writer() as conn:
        conn.execute(sa.update(compute_nodes).where(compute_nodes.c.id < 3).values(uptime="up 3 days"))
        conn.execute(sa.update(services).where(services.c.host == "beta").values(forced_down=True))
    shown = admin.get(f"{PATH}/1/uptime").json["hypervisor"]
    assert set(shown) == BRIEF | {"uptime"}
    assert shown["uptime"] == "up 3 days"
    assert admin.get(f"{PATH}/2/uptime").status_int == 400
    assert admin.get(f"{PATH}/3/uptime").status_int == 501
    first, _, third = uuids(admin)
    assert admin.get(f"{PATH}/{first}/uptime", version="2.87").status_int == 200
    assert admin.get(f"{PATH}/{first}/uptime", version="2.88").status_int == 404
    assert admin.get(f"{PATH}/{first}", version="2.88").json["hypervisor"]["uptime"] == "up 3 days"
    assert admin.get(f"{PATH}/{third}", version="2.88").json["hypervisor"]["uptime"] is None


def test_ids(admin: Api) -> None:
    for key, version, status in (
        ("99", "2.52", 404),
        ("x", "2.52", 404),
        ("9" * 40, "2.52", 404),
        ("1", "2.53", 400),
        ("11111111-2222-3333-4444-555555555555", "2.53", 404),
    ):
        assert admin.get(f"{PATH}/{key}", version=version).status_int == status
        assert admin.get(f"{PATH}/{key}/uptime", version=version).status_int == status


def test_administrators_only(api: Api, admin: Api) -> None:
    (first, *_) = uuids(admin)
    for path, version in (
        (PATH, "2.1"),
        (f"{PATH}/detail", "2.1"),
        (f"{PATH}/statistics", "2.1"),
        (f"{PATH}/1", "2.1"),
        (f"{PATH}/1/uptime", "2.1"),
        (f"{PATH}/node/search", "2.1"),
        (f"{PATH}/node/servers", "2.1"),
        (f"{PATH}/{first}", "2.53"),
    ):
        reply = api.get(path, version=version)
        assert reply.status_int == 403
        assert "os_compute_api:os-hypervisors:" in reply.json["forbidden"]["message"]
