"""What single test classes of the recordings add to their world before they begin.

The classes made these rows through the reference's own objects, or had functions
return them; here they are ordinary resources, put into the seed.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

Seed = dict[str, Any]


def add(asked: dict[str, Any], seed: Seed) -> None:
    """Adds to ``seed`` what the class that ``asked`` (the body of a reset) names had added."""
    name = f"{asked.get('class')}.{asked.get('method')}"
    for pattern, change in _CHANGES:
        if re.fullmatch(pattern, name):
            change(seed)


def options(asked: dict[str, Any]) -> list[tuple[str | None, str, Any]]:
    """(group, option, value) of what the class and method that ``asked`` names had made up otherwise."""
    name = f"{asked.get('class')}.{asked.get('method')}"
    return [option for pattern, option in _OPTIONS if re.fullmatch(pattern, name)]


def _described_flavor(seed: Seed) -> None:
    small = next(flavor for flavor in seed["flavors"] if flavor["name"] == "m1.small")
    seed["flavors"] = [
        *seed["flavors"],
        {
            **small,
            "flavorid": "7",
            "name": "m1.small.description",
            "description": "test description",
            "extra_specs": {"hw:numa_nodes": "1", "hw:cpu_policy": "shared"},
        },
    ]


def _four_services(seed: Seed) -> None:
    """Two hosts: one up, the other silent for years; only the second one's scheduler is enabled."""
    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
    old = datetime.datetime(2012, 9, 19, 6, 55, 34)
    compute = {"uuid": "e81d66a4-ddd3-4aba-8a84-171d1cb4d339"}
    seed["services"] = [
        {"binary": binary, "host": host, "last_seen_at": seen, "updated_at": old, **more}
        for binary, host, seen, more in (
            ("nova-scheduler", "host1", now, {"disabled": True, "disabled_reason": "test1"}),
            ("nova-compute", "host1", now, {"disabled": True, "disabled_reason": "test2", **compute}),
            ("nova-scheduler", "host2", old, {}),
            ("nova-compute", "host2", old, {"disabled": True, "disabled_reason": "test4"}),
        )
    ]
    seed["nodes"] = []


def _migration(number: int, server: str, when: str, status: str, **more: Any) -> dict[str, Any]:
    moment = datetime.datetime.fromisoformat(when)
    return {
        "uuid": f"{number}2341d4b-346a-40d0-83c6-5f4f6892b650",
        "server_uuid": server,
        "status": status,
        "created_at": moment,
        "updated_at": moment,
        "old_vm_state": "active",
        "user_id": None,
        "project_id": None,
        **more,
    }


_LIVE = {
    "migration_type": "live-migration",
    "source_host": "compute1",
    "source_node": "node1",
    "dest_host": "compute2",
    "dest_node": "node2",
    "dest_ip": "1.2.3.4",
    "old_flavor_id": 1,
    "new_flavor_id": 1,
}
_RESIZE = {
    "migration_type": "resize",
    "source_host": "compute10",
    "source_node": "node10",
    "dest_host": "compute20",
    "dest_node": "node20",
    "dest_ip": "5.6.7.8",
    "old_flavor_id": 5,
    "new_flavor_id": 6,
}


def _four_migrations(seed: Seed) -> None:
    first, second = "8600d31b-d1a1-4632-b2ff-45c2be1a70ff", "9128d044-7b61-403e-b766-7547076ff6c1"
    seed["guests"] = [{"uuid": first}, {"uuid": second}]
    seed["migrations"] = [
        _migration(1, first, "2016-01-29 11:42:02", "running", **_LIVE),
        _migration(2, first, "2016-01-29 12:42:02", "error", **_LIVE),
        _migration(3, second, "2016-06-23 13:42:02", "error", **_RESIZE),
        _migration(4, second, "2016-06-23 14:42:02", "migrating", **_RESIZE),
    ]


def _a_live_migration(seed: Seed) -> None:
    server = "4cfba335-03d8-49b2-8c52-e69043d1e8fe"
    amounts = {
        f"{what}_{part}_bytes": amount
        for what, parts in (("memory", (123456, 12345, 111111)), ("disk", (234567, 23456, 211111)))
        for part, amount in zip(("total", "processed", "remaining"), parts, strict=True)
    }
    seed["guests"] = [{"uuid": server, "task_state": "migrating"}]
    seed["migrations"] = [_migration(1, server, "2016-01-29 13:42:02", "running", **_LIVE, **amounts)]


def _two_guests(seed: Seed) -> None:
    here = {"host": "compute", "node": "fake-mini"}
    seed["guests"] = [
        {"uuid": "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "name": "test_server1", **here},
        {"uuid": "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb", "name": "test_server2", **here},
    ]


def _large_volumes(seed: Seed) -> None:
    """A volume to be snapshot, and three snapshots, one of them asked for by its id."""
    volume = "521752a6-acf6-4b2d-bc7a-119f9148cd8c"
    project = seed["project_id"]
    seed["volumes"] = [*seed["volumes"], {"id": volume, "size": 100, "project_id": project}]
    seed["snapshots"] = [
        {
            "uuid": uuid,
            "project_id": project,
            "name": "Default name",
            "description": "Default description",
            "volume_id": "0b86a86f-3d92-5191-8f3a-692fda36a163",
            "size": 100,
            "status": "available",
        }
        for uuid in (
            "e2470d9c-f404-5562-992e-c90d96e1e1e3",
            "eabee80f-b4e7-5509-835d-33a02209e404",
            "f46262f1-2bce-563e-9d9c-6eea849b0d3f",
        )
    ]


def _group(uuid: str, name: str, rules: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return {"id": uuid, "name": name, "description": name, "security_group_rules": rules or []}


def _own_default_group(seed: Seed) -> None:
    default = {**seed["security_groups"][0], **_group("8f6a1d44-1b0c-5609-b281-af63966572de", "default")}
    seed["security_groups"] = [default]
    seed["ports"] = [{**port, "security_groups": [default["id"]]} for port in seed["ports"]]


def _another_group(seed: Seed) -> None:
    uuid = "d6f86d8c-06ef-4bef-8e7c-8bf8f9ba9b7a"
    default = seed["security_groups"][0]
    rule = {
        **default["security_group_rules"][0],
        "id": "4cfc4674-e35a-565b-ac5b-d810da205c24",
        "security_group_id": uuid,
    }
    seed["security_groups"] = [*seed["security_groups"], {**default, **_group(uuid, "another", [rule])}]


_WITH_SERVERS = r"HypervisorsSampleJson\w+\.\w+_with_servers"
#: Class and method → an option.
_OPTIONS: tuple[tuple[str, tuple[str | None, str, Any]], ...] = (
    (_WITH_SERVERS, (None, "instance_name_template", "test_server%d")),
)
#: Class and method → what they add.
_CHANGES: tuple[tuple[str, Callable[[Seed], None]], ...] = (
    (r"FlavorsSampleJsonTest2\d+\..*", _described_flavor),
    (r"Services(V\d+)?JsonTest\..*", _four_services),
    (r"MigrationsSamplesJsonTest\w*\..*", _four_migrations),
    (r"ServerMigrationsSamplesJsonTest\w*\..*", _a_live_migration),
    (r"SnapshotsSampleJsonTests\..*", _large_volumes),
    (r"SecurityGroupsJsonTest\.test_security_groups_(get|list)\w*", _own_default_group),
    (r"SecurityGroupsJsonTest\.test_security_group_rules_\w+", _another_group),
    (_WITH_SERVERS, _two_guests),
)
