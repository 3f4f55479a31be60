"""What a recorded conversation began with: the seed and the options of a reset request.

The seed is a dictionary that ``nova_api.seed.reset(backend, seed)`` takes (without accounts: the
replayed requests carry tokens of the form ``user:project:roles``, which noauth takes at their word):

``flavors``
    flavorid, name, memory_mb, vcpus, root_gb, ephemeral_gb, swap, rxtx_factor, is_public, description,
    extra_specs
``images``
    as the image API shows them, with ``properties`` as a dictionary of its own
``networks``, ``subnets``, ``ports``, ``security_groups``
    as the network API shows them; a security group has its ``security_group_rules`` as objects
``services``
    binary, host
``nodes``
    columns of ``compute_nodes``: uuid, host, hypervisor_hostname, …
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from tests.conformance import class_worlds, volumes

#: (id, name, ram, vcpus, disk, extra specs)
FLAVORS: tuple[tuple[str, str, int, int, int, dict[str, str]], ...] = (
    ("1", "m1.tiny", 512, 1, 1, {}),
    ("2", "m1.small", 2048, 1, 20, {}),
    ("3", "m1.medium", 4096, 2, 40, {}),
    ("4", "m1.large", 8192, 4, 80, {}),
    ("5", "m1.xlarge", 16384, 8, 160, {}),
    ("6", "m1.tiny.specs", 512, 1, 1, {"hw:numa_nodes": "1"}),
)

#: Driver of the recorded set-up → (vcpus, memory in MiB, disk in GiB) of its node.
CAPACITY = {
    "fake.SmallFakeDriver": (2, 8192, 1028),
    "fake.MediumFakeDriver": (10, 8192, 1028),
    "fake.FakeDriver": (1000, 800000, 600000),
}
CPU_INFO = {
    "arch": "x86_64",
    "model": "Nehalem",
    "vendor": "Intel",
    "features": ["pge", "clflush"],
    "topology": {"cores": 1, "threads": 1, "sockets": 4},
}
#: The share that the recordings give to servers.
SHARE = "e8debdc0-447a-4376-a10a-4cd9122d7986"
#: The one host whose node has another name.
NODE_NAMES = {"compute": "fake-mini"}


def sentinel(name: str) -> str:
    """The id that the recording gave a thing whose real id was random."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "nova-trace-sentinel:" + name))


#: Hosts are taken in the order of their names.
_BY_NAME = (
    ("filter_scheduler", "ram_weight_multiplier", 0.0),
    ("filter_scheduler", "shuffle_best_same_weighed_hosts", False),
)
#: What stood in the place of a part of the reference, and the options that say the same.
FIXTURES: dict[str, tuple[tuple[str | None, str, Any], ...]] = {
    "NoopQuotaDriverFixture": (("quota", "driver", "nova.quota.NoopQuotaDriver"),),
    "HostNameWeigherFixture": _BY_NAME,
}
#: Options that are the harness's own: how it is reached, and that nothing has a heartbeat here.
NOT_TAKEN = frozenset({"transport_url", "report_interval", "service_down_time"})


def options_of(event: dict[str, Any]) -> Iterator[tuple[str | None, str, Any]]:
    """(group, option, value) of what one event of a recording had set."""
    if event.get("kind") == "flags":
        for name, value in event.get("values", {}).items():
            if name not in NOT_TAKEN:
                yield event.get("group"), name, value
        if "HostNameWeigher" in str(event.get("values", {}).get("weight_classes")):
            yield from _BY_NAME
    elif event.get("kind") == "fixture":
        fixture = str(event.get("cls")).rpartition(".")[2]
        yield from FIXTURES.get(fixture, ())


def casts_are_calls(asked: dict[str, Any]) -> bool:
    """Whether a recorded request returned when what it began was done.

    Its set-up used a fixture for that; of some set-ups no fixtures were noted, only what the class wants.
    """
    fixtures = [event for event in asked.get("setup_events", []) if event.get("kind") == "fixture"]
    used = {str(event.get("cls")).rpartition(".")[2] for event in fixtures}
    wanted = bool(asked.get("attrs", {}).get("CAST_AS_CALL", True))
    return "CastAsCallFixture" in used if fixtures else wanted


def flags(asked: dict[str, Any]) -> list[tuple[str | None, str, Any]]:
    """(group, option, value) of every option of the recorded world, in order; later ones win."""
    zone = asked.get("attrs", {}).get("zone")
    return [
        ("api", "glance_link_prefix", "http://localhost:9292"),
        *([(None, "default_availability_zone", zone)] if zone else []),
        *(option for event in asked.get("setup_events", []) for option in options_of(event)),
        *class_worlds.options(asked),
    ]


def host_of(event: dict[str, Any]) -> str | None:
    """The compute host that an event had started, stopped or started anew; None for other events."""
    if event.get("kind") == "restart_compute":
        return event.get("host")
    if event.get("kind") in ("start_service", "stop_service") and event.get("name") == "compute":
        # The recorded computes that were given no name are called like their service.
        return event.get("host") or "compute"
    return None


def hosts(asked: dict[str, Any]) -> list[str]:
    """Compute hosts that the recorded set-up had started."""
    if not asked.get("setup_events"):
        return ["compute"]
    started = (host_of(event) for event in asked["setup_events"] if event.get("kind") == "start_service")
    return list(dict.fromkeys(host for host in started if host))


def seed(world: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """The seed for a reset request; ``world`` is the recordings' world.json."""
    driver = next((value for _, name, value in flags(asked) if name == "compute_driver"), None)
    started = hosts(asked)
    neutron = world["neutron"]
    project = world["project_id"]
    seed = {
        "project_id": project,
        "flavors": [_flavor(*row) for row in FLAVORS],
        "images": [{**image, "owner": project} for image in world["images"]],
        **_network_objects(neutron),
        "volumes": [{**volume, "project_id": project} for volume in volumes.seeds(world)],
        "volume_types": world.get("volume_types", []),
        "shares": [{"uuid": SHARE, "project_id": project, "export_location": "10.0.0.50:/mnt/foo"}],
        "services": [
            {"binary": "nova-conductor", "host": "conductor"},
            {"binary": "nova-scheduler", "host": "scheduler"},
            *({"binary": "nova-compute", "host": host} for host in started),
        ],
        "nodes": [node(host, driver) for host in started],
    }
    class_worlds.add(asked, seed)
    return seed


def _flavor(
    flavorid: str, name: str, memory: int, vcpus: int, disk: int, specs: dict[str, str]
) -> dict[str, Any]:
    return {
        "flavorid": flavorid,
        "name": name,
        "memory_mb": memory,
        "vcpus": vcpus,
        "root_gb": disk,
        "ephemeral_gb": 0,
        "swap": 0,
        "rxtx_factor": 1.0,
        "is_public": True,
        "description": None,
        "extra_specs": specs,
    }


def node(host: str, driver: str | None) -> dict[str, Any]:
    """The hypervisor on ``host``, as large as the recorded ``driver`` said."""
    name = NODE_NAMES.get(host, host)
    vcpus, memory, disk = CAPACITY.get(driver or "", CAPACITY["fake.SmallFakeDriver"])
    return {
        "uuid": sentinel("node_" + name),
        "host": host,
        "hypervisor_hostname": name,
        "hypervisor_type": "fake",
        "hypervisor_version": 1000,
        "host_ip": "192.0.2.2",
        "cpu_info": CPU_INFO,
        "vcpus": vcpus,
        "memory_mb": memory,
        "local_gb": disk,
        "disk_available_least": 0,
        "reserved_memory_mb": 512,
        "cpu_allocation_ratio": 4.0,
        "ram_allocation_ratio": 1.0,
        "disk_allocation_ratio": 1.0,
    }


def _network_objects(neutron: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    objects = neutron["objects"]
    # The recorded network service let every project use them.
    networks = [{**objects[name], "shared": True} for name in neutron["networks_always"]]
    theirs = {subnet for network in networks for subnet in network["subnets"]}
    group = objects["security_group"]
    rules = {value["id"]: value for name, value in objects.items() if name.startswith("security_group_rule")}
    return {
        "networks": networks,
        "subnets": [
            value
            for name, value in objects.items()
            if name.startswith("subnet") and isinstance(value, dict) and value["id"] in theirs
        ],
        "ports": [objects[name] for name in neutron["ports_always"]],
        "security_groups": [
            {**group, "security_group_rules": [rules[rule] for rule in group["security_group_rules"]]}
        ],
    }
