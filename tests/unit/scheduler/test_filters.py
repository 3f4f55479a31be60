"""What each filter that can be enabled says of hosts."""

from __future__ import annotations

from typing import Any

import pytest
from oslo_config import cfg

from nova_api import conf as nova_conf
from nova_api.compute.availability_zones import HostZones
from nova_api.conf import filter_scheduler
from nova_api.db.aggregates import Aggregate
from nova_api.db.hosts import Load
from nova_api.db.nodes import Node
from nova_api.db.schema.base import utcnow
from nova_api.scheduler import filters
from nova_api.scheduler.wanted import Wanted

DEFAULTS = [
    "ComputeFilter",
    "ComputeCapabilitiesFilter",
    "ImagePropertiesFilter",
    "ServerGroupAntiAffinityFilter",
    "ServerGroupAffinityFilter",
]
MINE = "mine"
SAME = {"host1": Load(2, 1), "host2": Load(2, 1)}


@pytest.fixture
def conf() -> cfg.ConfigOpts:
    return nova_conf.new([], [])


def node(host: str) -> Node:
    """A host with 4 CPUs, 4 GiB of memory and 100 GiB of disk, heard of just now."""
    return Node(
        id=1,
        uuid="11111111-2222-3333-4444-555555555555",
        host=host,
        hypervisor_hostname=host,
        hypervisor_type="fake",
        hypervisor_version=1000,
        host_ip="192.0.2.1",
        cpu_info={"arch": "x86_64", "features": ["aes"]},
        vcpus=4,
        memory_mb=4096,
        local_gb=100,
        disk_available_least=None,
        uptime=None,
        reserved_memory_mb=0,
        cpu_allocation_ratio=1.0,
        ram_allocation_ratio=1.0,
        disk_allocation_ratio=1.0,
        vcpus_used=0,
        memory_mb_used=0,
        local_gb_used=0,
        generation=0,
        disabled=False,
        forced_down=False,
        last_seen_at=utcnow(),
    )


def chosen(conf: cfg.ConfigOpts, name: str = "", **wanted: Any) -> list[str]:
    """Which of host1 and host2 a small server may go to, with the filter ``name`` besides the default ones.

    ``aggregate`` is the metadata of an aggregate that host1 is in; ``filter_scheduler`` are options.
    """
    for option, value in wanted.pop("options", {}).items():
        conf.set_override(option, value, group="filter_scheduler")
    if name:
        conf.set_override("enabled_filters", [*DEFAULTS, name], group="filter_scheduler")
    metadata = wanted.pop("aggregate", None)
    aggregate = Aggregate(
        1, "11111111-2222-3333-4444-555555555555", "a", utcnow(), None, ("host1",), metadata or {}
    )
    asked = Wanted(
        vcpus=1,
        memory_mb=512,
        disk_gb=1,
        zone=None,
        host=None,
        node=None,
        tried=(),
        down_time=60,
        zones=HostZones({}, "nova"),
        project_id=MINE,
        options=conf.filter_scheduler,
        aggregates={} if metadata is None else {"host1": (aggregate,)},
        **wanted,
    )
    good, _ = filters.choose_from([node("host1"), node("host2")], asked)
    return [found.host for found in good]


BOTH, FIRST, SECOND, NONE = ["host1", "host2"], ["host1"], ["host2"], list[str]()


def test_the_default_list_is_the_references(conf: cfg.ConfigOpts) -> None:
    assert conf.filter_scheduler.enabled_filters == DEFAULTS
    assert [name for name, _ in filter_scheduler.FILTERS] == list(filters.BY_NAME)
    # Of hints that no enabled filter reads nothing comes.
    assert chosen(conf, different_hosts=["host1"], same_hosts=["host1"]) == BOTH
    assert chosen(conf, aggregate={"filter_tenant_id": "others"}) == BOTH


def test_a_name_that_is_none(conf: cfg.ConfigOpts) -> None:
    with pytest.raises(ValueError, match="NoSuchFilter"):
        conf.set_override("enabled_filters", ["NoSuchFilter"], group="filter_scheduler")


@pytest.mark.parametrize(
    ("name", "wanted", "hosts"),
    [
        ("SameHostFilter", {"same_hosts": ["host2"]}, SECOND),
        ("SameHostFilter", {}, BOTH),
        ("DifferentHostFilter", {"different_hosts": ["host2"]}, FIRST),
        ("JsonFilter", {"hints": {"query": '["=", "$host", "host2"]'}}, SECOND),
        ("SimpleCIDRAffinityFilter", {"hints": {"build_near_host_ip": "203.0.113.1"}}, NONE),
        ("SimpleCIDRAffinityFilter", {"hints": {"build_near_host_ip": "192.0.2.9"}}, BOTH),
        ("AllHostsFilter", {}, BOTH),
        ("PciPassthroughFilter", {"extra_specs": {"pci_passthrough:alias": "gpu:1"}}, NONE),
        ("PciPassthroughFilter", {}, BOTH),
        ("NUMATopologyFilter", {"extra_specs": {"hw:numa_nodes": "2"}}, NONE),
        ("NUMATopologyFilter", {"image_properties": {"hw_numa_nodes": 2}}, NONE),
        ("NUMATopologyFilter", {}, BOTH),
        ("ImagePropertiesFilter", {"image_properties": {"hw_architecture": "arm64"}}, NONE),
        # --- aggregates
        ("AggregateMultiTenancyIsolation", {"aggregate": {"filter_tenant_id": "others"}}, SECOND),
        ("AggregateMultiTenancyIsolation", {"aggregate": {"filter_tenant_id1": f"x, {MINE}"}}, BOTH),
        ("AggregateTypeAffinityFilter", {"aggregate": {"instance_type": "m1.tiny,m1.small"}}, SECOND),
        (
            "AggregateTypeAffinityFilter",
            {"aggregate": {"instance_type": "m1.tiny,m1.small"}, "flavor": "m1.small"},
            BOTH,
        ),
        (
            "AggregateInstanceExtraSpecsFilter",
            {"aggregate": {"ssd": "true"}, "extra_specs": {"aggregate_instance_extra_specs:ssd": "true"}},
            FIRST,
        ),
        (
            "AggregateImagePropertiesIsolation",
            {"aggregate": {"os_distro": "windows"}, "image_properties": {"os_distro": "debian"}},
            SECOND,
        ),
        (
            "AggregateImagePropertiesIsolation",
            {"aggregate": {"os_distro": "windows, debian"}, "image_properties": {"os_distro": "debian"}},
            BOTH,
        ),
        ("AggregateImagePropertiesIsolation", {"aggregate": {"os_distro": "windows"}}, BOTH),
        (
            "AggregateImagePropertiesIsolation",
            {
                "aggregate": {"os_distro": "windows", "iso.os_type": "linux"},
                "image_properties": {"os_distro": "debian", "iso.os_type": "windows"},
                "options": {"aggregate_image_properties_isolation_namespace": "iso"},
            },
            SECOND,
        ),
        (
            "AggregateImagePropertiesIsolation",
            {
                "aggregate": {"os_distro": "windows"},
                "image_properties": {"os_distro": "debian"},
                "options": {"aggregate_image_properties_isolation_namespace": "iso"},
            },
            BOTH,
        ),
        # --- how much the hosts have to do
        (
            "NumInstancesFilter",
            {"loads": {"host1": Load(50, 0), "host2": Load(49, 0)}},
            SECOND,
        ),
        (
            "AggregateNumInstancesFilter",
            {
                "loads": {"host1": Load(2, 0), "host2": Load(2, 0)},
                "aggregate": {"max_instances_per_host": "2"},
            },
            SECOND,
        ),
        ("IoOpsFilter", {"loads": {"host1": Load(20, 8), "host2": Load(20, 7)}}, SECOND),
        (
            "AggregateIoOpsFilter",
            {
                "loads": {"host1": Load(2, 1), "host2": Load(2, 1)},
                "aggregate": {"max_io_ops_per_host": "1,3"},
            },
            SECOND,
        ),
        ("AggregateIoOpsFilter", {"aggregate": {"max_io_ops_per_host": "many"}}, BOTH),
        # --- hosts for certain images
        ("IsolatedHostsFilter", {"options": {"isolated_hosts": ["host1"]}}, SECOND),
        (
            "IsolatedHostsFilter",
            {"options": {"isolated_hosts": ["host1"], "isolated_images": ["i"]}, "image_id": "i"},
            FIRST,
        ),
        (
            "IsolatedHostsFilter",
            {
                "options": {
                    "isolated_hosts": ["host1"],
                    "isolated_images": ["i"],
                    "restrict_isolated_hosts_to_isolated_images": False,
                },
                "image_id": "j",
            },
            BOTH,
        ),
    ],
)
def test_each(conf: cfg.ConfigOpts, name: str, wanted: dict[str, Any], hosts: list[str]) -> None:
    assert chosen(conf, name, **wanted) == hosts
    conf.clear_override("enabled_filters", group="filter_scheduler")
    if name not in DEFAULTS:
        assert chosen(conf, **{key: value for key, value in wanted.items() if key != "options"}) == BOTH


@pytest.mark.parametrize(
    ("specs", "hosts"),
    [
        # ComputeCapabilitiesFilter
        ({"capabilities:hypervisor_type": "fake"}, BOTH),
        ({"capabilities:hypervisor_type": "s== qemu"}, NONE),
        ({"capabilities:cpu_info:arch": "x86_64"}, BOTH),
        ({"capabilities:cpu_info:features": "<in> aes"}, BOTH),
        ({"capabilities:cpu_info:arch:bits": "64"}, NONE),
        ({"capabilities:num_instances": "<= 3"}, FIRST),
        ({"capabilities:num_io_ops": "0"}, SECOND),
        ({"capabilities:colour": "red"}, NONE),
        ({"free_ram_mb": ">= 9000"}, NONE),
        ({"colour": "red", "quota:vif_inbound_average": "1"}, BOTH),
        # traits and resources
        ({"trait:HW_CPU_X86_AES": "required", "trait:COMPUTE_NODE": "required"}, BOTH),
        ({"trait:HW_CPU_X86_AES": "forbidden"}, NONE),
        ({"trait_NET1:CUSTOM_GOLD": "required"}, NONE),
        ({"trait:CUSTOM_GOLD": "forbidden"}, BOTH),
        ({"resources:CUSTOM_MAGIC": "1"}, NONE),
        ({"resources:CUSTOM_MAGIC": "0", "resources1:VCPU": "4"}, BOTH),
        ({"resources:VCPU": "5"}, NONE),
    ],
)
def test_extra_specs_that_count_always(conf: cfg.ConfigOpts, specs: dict[str, str], hosts: list[str]) -> None:
    loads = {"host1": Load(3, 1), "host2": Load(4, 0)}
    assert chosen(conf, extra_specs=specs, loads=loads) == hosts


def test_traits_of_images(conf: cfg.ConfigOpts) -> None:
    assert chosen(conf, image_properties={"trait:CUSTOM_GOLD": "required"}) == NONE
    assert chosen(conf, image_properties={"trait:HW_CPU_X86_AES": "required"}) == BOTH
