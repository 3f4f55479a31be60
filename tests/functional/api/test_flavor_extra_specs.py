"""/flavors/{id}/os-extra_specs, and what 2.86 refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.client import Api

PATH = "/flavors/1/os-extra_specs"


@pytest.fixture
def admin(api: Api) -> Api:
    """An administrator, with a flavor 1."""
    api.admin.post("/flavors", {"flavor": {"name": "one", "id": "1", "ram": 1, "vcpus": 1, "disk": 1}})
    return api.admin


def put(admin: Api, specs: dict[str, Any], version: str = "2.86") -> int:
    return int(admin.post(PATH, {"extra_specs": specs}, version=version).status_int)


def test_life_of_a_key(api: Api, admin: Api) -> None:
    answer = admin.post(PATH, {"extra_specs": {"hw:numa_nodes": "1", "x": 2}})
    assert (answer.status_int, answer.json) == (200, {"extra_specs": {"hw:numa_nodes": "1", "x": 2}})
    assert api.get(PATH).json == {"extra_specs": {"hw:numa_nodes": "1", "x": "2"}}
    changed = admin.put(f"{PATH}/x", {"x": "3"})
    assert (changed.status_int, changed.json) == (200, {"x": "3"})
    assert api.get(f"{PATH}/x").json == {"x": "3"}
    gone = admin.delete(f"{PATH}/x")
    assert (gone.status_int, gone.body) == (200, b"")
    for answer in (admin.delete(f"{PATH}/x"), api.get(f"{PATH}/x")):
        assert answer.status_int == 404
        assert "x" in answer.json["itemNotFound"]["message"]
    assert api.get("/flavors/1", version="2.61").json["flavor"]["extra_specs"] == {"hw:numa_nodes": "1"}


def test_more_keys_are_added_to_those_there(api: Api, admin: Api) -> None:
    put(admin, {"a": "1", "b": "1"})
    put(admin, {"b": "2", "c": "2"})
    assert api.get(PATH).json["extra_specs"] == {"a": "1", "b": "2", "c": "2"}
    assert put(admin, {}) == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (f"{PATH}/a", {"b": "1"}),
        (f"{PATH}/a", {"a": "1", "b": "1"}),
        (f"{PATH}/a", {}),
        (f"{PATH}/a", {"a": None}),
        (f"{PATH}/a", {"a": "1" * 256}),
        (f"{PATH}/a", {"a": True}),
    ],
)
def test_update_refuses(admin: Api, path: str, body: Any) -> None:
    assert admin.put(path, body).status_int == 400


@pytest.mark.parametrize("key", ["a/b", "", "ü", "k" * 256])
def test_create_refuses_the_key(admin: Api, key: str) -> None:
    assert put(admin, {key: "1"}) == 400


def test_who_may_do_what(api: Api, admin: Api) -> None:
    assert put(api, {"a": "1"}) == 403
    assert api.put(f"{PATH}/a", {"a": "1"}).status_int == 403
    assert api.delete(f"{PATH}/a").status_int == 403
    assert api.as_("guest", roles="guest").get(PATH).status_int == 403


def test_unknown_flavor(admin: Api) -> None:
    for answer in (
        admin.get("/flavors/9/os-extra_specs"),
        admin.post("/flavors/9/os-extra_specs", {"extra_specs": {}}),
        admin.put("/flavors/9/os-extra_specs/a", {"a": "1"}),
        admin.delete("/flavors/9/os-extra_specs/a"),
    ):
        assert answer.status_int == 404
        assert "9" in answer.json["itemNotFound"]["message"]


def test_query_is_closed_from_2_102(admin: Api) -> None:
    assert admin.get(f"{PATH}?x=1", version="2.101").status_int == 200
    assert admin.get(f"{PATH}?x=1", version="2.102").status_int == 400


GOOD = {
    "accel:device_profile": "fpga",
    "aggregate_instance_extra_specs:ssd": "true",
    "capabilities:cpu_info:features": "<in> avx",
    "hide_hypervisor_id": "yes",
    "hw:cpu_dedicated_mask": "0-3,^2",
    "hw:cpu_max_sockets": "2",
    "hw:cpu_policy": "mixed",
    "hw:mem_page_size": "2MB",
    "hw:numa_cpus.0": "0,1",
    "hw:numa_mem.12": "512",
    "hw:numa_nodes": 2,
    "hw:vif_multiqueue_enabled": "False",
    "hw_rng:allowed": "True",
    "hw_video:ram_max_mb": "64",
    "os:secure_boot": "required",
    "pci_passthrough:alias": "gpu:2,nic:1",
    "quota:cpu_quota": "-1",
    "quota:disk_read_iops_sec": "100",
    "quota:vif_inbound_average": "100",
    "resources:VCPU": "0",
    "resources1:CUSTOM_GPU": "1",
    "resources_NIC:NET_BW_EGR_KILOBIT_PER_SEC": "1000",
    "trait:HW_CPU_X86_AVX2": "required",
    "trait_NIC:CUSTOM_FAST": "forbidden",
    "vmware:hw_version": "vmx-13",
}


def test_known_keys_with_good_values_pass(admin: Api) -> None:
    for key, value in GOOD.items():
        assert put(admin, {key: value}) == 200, key


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("hw:numa_nodes", "foo"),
        ("hw:numa_nodes", "0"),
        ("hw:numa_nodes", 1.5),
        ("hw:cpu_policy", "greedy"),
        ("hw:cpu_realtime", "perhaps"),
        ("hw:mem_page_size", "huge"),
        ("hw:numa_cpus.x", "1"),
        ("hw:foo", "bar"),
        ("hw:", "bar"),
        ("hw_rng:speed", "1"),
        ("pci_passthrough:alias", "gpu"),
        ("quota:cpu_shares", "-1"),
        ("quota:nothing", "1"),
        ("resources:vcpu", "1"),
        ("resources:VCPU", "many"),
        ("trait:HW_CPU_X86_AVX2", "optional"),
        ("os:nothing", "1"),
        ("vmware:nothing", "1"),
    ],
)
def test_bad_keys_and_values_of_known_namespaces_are_refused_from_2_86(
    admin: Api, key: str, value: Any
) -> None:
    answer = admin.post(PATH, {"extra_specs": {"fine": "1", key: value}}, version="2.86")
    assert answer.status_int == 400
    assert repr(key) in answer.json["badRequest"]["message"]
    assert admin.get(PATH).json["extra_specs"] == {}, "nothing of a refused request is kept"
    assert admin.put(f"{PATH}/{key}", {key: value}, version="2.86").status_int == 400
    assert put(admin, {key: value}, version="2.85") == 200


@pytest.mark.parametrize("key", ["foo", "foo:bar", "hwx:foo", "my.space:hw:foo"])
def test_other_keys_are_the_operators_own(admin: Api, key: str) -> None:
    assert put(admin, {key: "anything at all"}) == 200
