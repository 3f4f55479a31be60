"""Diagnostics, topology, and the password that a guest publishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from nova_api.backend import Backend
from nova_api.db import server_passwords
from tests.functional.api.servers import given, rows
from tests.functional.api.servers.waiting import until
from tests.functional.client import Api


@pytest.fixture
def running(workers: None, api: Api, boot: Callable[..., Any], stocked: Backend) -> str:
    del workers
    uuid = str(boot(version="2.37", networks="none").json["server"]["id"])
    until(lambda: rows.server(stocked, uuid).vm_state == "active")
    return uuid


def test_raw_diagnostics(api: Api, running: str) -> None:
    shown = api.admin.get(f"/servers/{running}/diagnostics", version="2.47").json
    assert shown["memory"] == 524288
    assert shown["vnet1_tx_packets"] == 662
    assert all(isinstance(value, int) for value in shown.values())


def test_diagnostics(api: Api, running: str) -> None:
    shown = api.admin.get(f"/servers/{running}/diagnostics", version="2.48").json
    assert shown["state"] == "running"
    assert shown["config_drive"] is False
    assert shown["memory_details"] == {"maximum": 524288, "used": 0}
    for count, details in (
        ("num_cpus", "cpu_details"),
        ("num_nics", "nic_details"),
        ("num_disks", "disk_details"),
    ):
        assert shown[count] == len(shown[details]) == 1
    assert sorted(shown["cpu_details"][0]) == ["id", "time", "utilisation"]
    assert len(shown) == 13


def test_diagnostics_refusals(api: Api, running: str, stocked: Backend) -> None:
    path = f"/servers/{running}/diagnostics"
    assert api.get(path).status_int == 403
    assert api.admin.get("/servers/nobody/diagnostics").status_int == 404
    assert api.admin.get(path + "?x=1", version="2.102").status_int == 400
    assert api.post(f"/servers/{running}/action", {"os-stop": None}).status_int == 202
    until(lambda: rows.server(stocked, running).vm_state == "stopped")
    off = api.admin.get(path)
    assert off.status_int == 409
    assert "power state shutdown" in off.json["conflictingRequest"]["message"]
    rows.change(stocked, running, host=None)
    assert api.admin.get(path).status_int == 409


def topology(api: Api, backend: Backend, specs: dict[str, str], **flavor: Any) -> Any:
    made = {**given.FLAVOR, "vcpus": 4, "ram": 2048, **flavor, "extra_specs": specs}
    uuid = given.server(backend, flavor=made)
    return api.get(f"/servers/{uuid}/topology", version="2.78").json


def test_topology_of_a_plain_server(api: Api, backend: Backend) -> None:
    assert topology(api, backend, {}) == {"nodes": [], "pagesize_kb": None}


def test_topology_in_equal_shares(api: Api, backend: Backend) -> None:
    shown = topology(api, backend, {"hw:numa_nodes": "2", "hw:cpu_threads": "2"})
    assert shown == {
        "nodes": [
            {"memory_mb": 1024, "siblings": [[0, 1]], "vcpu_set": [0, 1]},
            {"memory_mb": 1024, "siblings": [[2, 3]], "vcpu_set": [2, 3]},
        ],
        "pagesize_kb": None,
    }


def test_topology_as_listed(api: Api, backend: Backend) -> None:
    specs = {
        "hw:numa_nodes": "2",
        "hw:numa_cpus.0": "0-3,^1",
        "hw:numa_cpus.1": "1",
        "hw:numa_mem.0": "1536",
        "hw:numa_mem.1": "512",
        "hw:mem_page_size": "2MB",
    }
    shown = topology(api, backend, specs)
    assert [(node["memory_mb"], node["vcpu_set"]) for node in shown["nodes"]] == [
        (1536, [0, 2, 3]),
        (512, [1]),
    ]
    assert shown["pagesize_kb"] == 2048


@pytest.mark.parametrize(("asked", "kib"), [("small", 4), ("any", None), ("1GB", 1048576), ("2048", 2048)])
def test_page_sizes(api: Api, backend: Backend, asked: str, kib: int | None) -> None:
    shown = topology(api, backend, {"hw:mem_page_size": asked})
    assert shown["pagesize_kb"] == kib
    assert [node["vcpu_set"] for node in shown["nodes"]] == [[0, 1, 2, 3]]


def test_who_sees_which_topology(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    path = f"/servers/{uuid}/topology"
    (own,) = api.get(path, version="2.78").json["nodes"]
    assert sorted(own) == ["memory_mb", "siblings", "vcpu_set"]
    (admins,) = api.admin.get(path, version="2.78").json["nodes"]
    assert (admins["host_node"], admins["cpu_pinning"]) == (0, {})
    assert api.get(path, version="2.77").status_int == 404
    assert api.as_("eve", "0" * 32).get(path, version="2.78").status_int == 404


def test_password(api: Api, backend: Backend) -> None:
    uuid = given.server(backend)
    path = f"/servers/{uuid}/os-server-password"
    assert api.get(path).json == {"password": ""}
    with backend.db.writer() as conn:
        server_passwords.store(conn, given.row_id(backend, uuid), "first")
        server_passwords.store(conn, given.row_id(backend, uuid), "xlozO3wLCBRWAa2yDjCCVx8vwNPypxnypmRYDa==")
    assert api.get(path).json == {"password": "xlozO3wLCBRWAa2yDjCCVx8vwNPypxnypmRYDa=="}
    reader = api.as_("rita", roles="reader")
    assert reader.get(path).status_int == 200
    assert reader.delete(path).status_int == 403
    assert api.as_("eve", "0" * 32).get(path).status_int == 404
    cleared = api.delete(path)
    assert (cleared.status_int, cleared.body) == (204, b"")
    assert api.get(path).json == {"password": ""}
