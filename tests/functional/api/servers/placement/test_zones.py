"""Aggregates make zones of hosts; servers go there, stay there, and tell where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nova_api import backend as nova_backend
from tests.functional.api.servers.placement.conftest import HOSTS, Build, host_of
from tests.functional.client import Api


def aggregate(api: Api, name: str, *hosts: str, **metadata: str) -> int:
    made = api.admin.post("/os-aggregates", {"aggregate": {"name": name}}).json["aggregate"]["id"]
    for host in hosts:
        reply = tell(api, made, "add_host", host=host)
        assert reply.status_int == 200, reply.text
    assert tell(api, made, "set_metadata", metadata=metadata).status_int == 200
    return int(made)


def tell(api: Api, aggregate_id: int, action: str, **value: Any) -> Any:
    return api.admin.post(f"/os-aggregates/{aggregate_id}/action", {action: value})


def test_a_server_goes_to_the_zone_asked_for_and_shows_it(build: Build, api: Api) -> None:
    aggregate(api, "east", "beta", availability_zone="east")
    server = build(availability_zone="east")
    assert host_of(server) == "beta"
    assert server["OS-EXT-AZ:availability_zone"] == "east"
    # Who does not ask may go anywhere, and shows where that is.
    seen = {(host_of(found), found["OS-EXT-AZ:availability_zone"]) for found in (build() for _ in range(3))}
    assert seen <= {("alpha", "nova"), ("beta", "east"), ("gamma", "nova")}
    assert host_of(build(availability_zone="nova")) in ("alpha", "gamma")

    zones = {zone["zoneName"] for zone in api.get("/os-availability-zone").json["availabilityZoneInfo"]}
    assert zones == {"nova", "east"}
    detail = api.admin.get("/os-availability-zone/detail").json["availabilityZoneInfo"]
    by_zone = {zone["zoneName"]: sorted(zone["hosts"]) for zone in detail if zone["zoneName"] != "internal"}
    assert by_zone == {"nova": ["alpha", "gamma"], "east": ["beta"]}
    found = api.admin.get("/servers?all_tenants=1&availability_zone=^east$").json["servers"]
    assert server["id"] in [item["id"] for item in found]


def test_a_zone_that_is_not_there_is_refused(boot: Callable[..., Any], hosts: Any, api: Api) -> None:
    del hosts
    assert boot(availability_zone="west").status_int == 400
    aggregate(api, "west", "gamma", availability_zone="west")
    assert boot(availability_zone="west").status_int == 202
    assert boot(availability_zone="a:b:c:d", as_=api.admin).status_int == 400


def test_zones_do_not_change_under_servers(build: Build, api: Api) -> None:
    east = aggregate(api, "east", "beta", availability_zone="east")
    build(availability_zone="east")
    assert tell(api, east, "set_metadata", metadata={"availability_zone": "west"}).status_int == 400
    changed = api.admin.put(f"/os-aggregates/{east}", {"aggregate": {"availability_zone": "west"}})
    assert changed.status_int == 400
    assert "contain instances" in changed.json["badRequest"]["message"]
    assert tell(api, east, "remove_host", host="beta").status_int == 409
    # What is no matter of zones may change.
    assert tell(api, east, "set_metadata", metadata={"ssd": "true"}).status_int == 200
    other = aggregate(api, "fast", "beta", fast="yes")
    assert tell(api, other, "remove_host", host="beta").status_int == 200


def test_flavors_can_ask_for_aggregates(build: Build, api: Api) -> None:
    aggregate(api, "fast", "gamma", disk="ssd, nvme")
    asked = {"extra_specs": {"aggregate_instance_extra_specs:disk": "nvme"}}
    assert api.admin.post("/flavors/1/os-extra_specs", asked).status_int == 200
    assert {host_of(build()) for _ in range(3)} == {"gamma"}
    asked = {"aggregate_instance_extra_specs:disk": "<or> tape <or> punch-card"}
    assert (
        api.admin.put("/flavors/1/os-extra_specs/aggregate_instance_extra_specs:disk", asked).status_int
        == 200
    )
    failed = build()
    assert failed["status"] == "ERROR"
    assert "3 not in an aggregate that its flavor needs" in failed["fault"]["message"]


def test_aggregates_can_be_kept_for_projects(build: Build, api: Api) -> None:
    aggregate(api, "theirs", "alpha", "beta", filter_tenant_id="someone-else")
    assert {host_of(build()) for _ in range(3)} == {"gamma"}
    aggregate(api, "mine", "gamma", filter_tenant_id_1=f"other, {api.project}")
    assert host_of(build()) == "gamma"


def test_hosts_can_be_full_of_servers(build: Build, stocked: nova_backend.Backend) -> None:
    options = stocked.conf.filter_scheduler
    filters = [*options.enabled_filters, "NumInstancesFilter"]
    stocked.conf.set_override("enabled_filters", filters, group="filter_scheduler")
    stocked.conf.set_override("max_instances_per_host", 1, group="filter_scheduler")
    assert {host_of(build()) for _ in HOSTS} == set(HOSTS)
    failed = build()
    assert failed["status"] == "ERROR"
    assert "3 with as many servers as it may have" in failed["fault"]["message"]


def test_hosts_can_be_asked_for_by_name(build: Build, boot: Callable[..., Any], api: Api) -> None:
    aggregate(api, "east", "beta", availability_zone="east")
    for host in HOSTS:
        assert host_of(build(as_=api.admin, version="2.74", networks="none", host=host)) == host
        node = build(as_=api.admin, version="2.74", networks="none", hypervisor_hostname=host)
        assert host_of(node) == host
    assert host_of(build(as_=api.admin, availability_zone="east:beta")) == "beta"
    wrong = build(as_=api.admin, version="2.74", networks="none", host="alpha", availability_zone="east")
    assert wrong["status"] == "ERROR"
    assert boot(as_=api.admin, version="2.74", networks="none", host="nowhere").status_int == 400
    assert boot(version="2.74", networks="none", host="alpha").status_int == 403
