"""What is asked of a host, gathered from everything that has a say in it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping
from typing import Any

from oslo_config import cfg
from sqlalchemy.engine import Connection

from nova_api.compute.availability_zones import HostZones
from nova_api.db import aggregates, guests, hosts, server_groups
from nova_api.db.aggregates import Aggregate
from nova_api.db.guests import Guest
from nova_api.db.hosts import Load
from nova_api.db.nodes import Node
from nova_api.db.server_groups import ServerGroup

#: Begins metadata keys of aggregates; one key alone has no room for many projects.
_PROJECTS_KEY = "filter_tenant_id"
#: The filters, and the ends of extra specs, that ask what hosts have to do; without them nobody counts it.
_OF_LOADS = frozenset(
    {"AggregateIoOpsFilter", "AggregateNumInstancesFilter", "IoOpsFilter", "NumInstancesFilter"}
)
_LOADS = ("num_instances", "num_io_ops")


@dataclasses.dataclass(frozen=True)
class Group:
    """The server's group, and on which hosts (how often) its other members are."""

    record: ServerGroup
    hosts: Mapping[str, int]


@dataclasses.dataclass(frozen=True)
class Wanted:
    """One server's needs (MiB, GiB) and where it may go; None is anywhere.

    ``tried`` are hosts that have failed it; ``down_time`` (seconds) and
    ``zones`` are this cloud's.  ``same_hosts`` and ``different_hosts`` are the
    hosts of the servers that the hints of these names list; ``hints`` are all
    hints of the server.  ``aggregates`` are those that each host is in.
    ``project_hosts`` are those of the aggregates that are its project's, where
    the options keep servers to these.  ``leaving`` is the host that a server on the move is to leave.
    ``options`` are those of ``[filter_scheduler]``; ``loads`` is what the hosts have to do, empty where
    no filter in force wants to know.
    """

    vcpus: int
    memory_mb: int
    disk_gb: int
    zone: str | None
    host: str | None
    node: str | None
    tried: tuple[str, ...]
    down_time: int
    zones: HostZones
    project_id: str
    options: cfg.ConfigOpts.GroupAttr
    aggregates: Mapping[str, tuple[Aggregate, ...]] = dataclasses.field(default_factory=dict)
    extra_specs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    image_properties: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    hints: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    group: Group | None = None
    same_hosts: Collection[str] | None = None
    different_hosts: Collection[str] = ()
    project_hosts: Collection[str] | None = None
    leaving: str | None = None
    image_id: str | None = None
    flavor: str = ""
    loads: Mapping[str, Load] = dataclasses.field(default_factory=dict)

    def aggregates_of(self, node: Node) -> tuple[Aggregate, ...]:
        """Those that the node's host is in."""
        return self.aggregates.get(node.host, ())

    def metadata_of(self, node: Node, key: str) -> set[str]:
        """What the aggregates of the node's host have under ``key``, the parts of a list one by one."""
        texts = (found.metadata.get(key) for found in self.aggregates_of(node))
        return {value.strip() for text in texts if text is not None for value in text.split(",")}

    def least_of(self, node: Node, key: str) -> int:
        """The least number under ``key`` of the aggregates of the node's host, or else the option ``key``."""
        numbers = [int(value) for value in self.metadata_of(node, key) if value.isdecimal()]
        return min(numbers) if numbers else int(self.options[key])

    def servers_on(self, node: Node) -> int:
        """How many servers the node's host has."""
        return self.loads[node.host].servers if node.host in self.loads else 0

    def busy_on(self, node: Node) -> int:
        """With how many of them it is busy."""
        return self.loads[node.host].busy if node.host in self.loads else 0


def of(
    conn: Connection,
    conf: cfg.ConfigOpts,
    guest: Guest,
    *,
    zone: str | None = None,
    host: str | None = None,
    node: str | None = None,
    tried: tuple[str, ...] = (),
) -> Wanted:
    """What ``guest`` asks of its (next) host; ``zone``, ``host`` and ``node`` are what its request names.

    Read it before the nodes, in the same transaction: a claim that the members
    of its group made in between is noticed by ``claims.take``, and only then.
    """
    # The group first, its members' hosts after it: its generation vouches for them.
    # Servers join groups by this hint, when they are created, and keep it.
    grouped = bool((guest.scheduler_hints or {}).get("group"))
    record = server_groups.of_server(conn, guest.id) if grouped else None
    group = None if record is None else Group(record, server_groups.hosts_of(conn, record, but=guest.id))
    known = aggregates.find_all(conn)
    by_host: dict[str, tuple[Aggregate, ...]] = {}
    for aggregate in known:
        for member in aggregate.hosts:
            by_host[member] = (*by_host.get(member, ()), aggregate)
    zones = {member: found.zone for found in known if found.zone for member in found.hosts}
    hints = guest.scheduler_hints or {}
    same, different = _listed(hints.get("same_host")), _listed(hints.get("different_host"))
    return Wanted(
        vcpus=guest.vcpus,
        memory_mb=guest.memory_mb,
        disk_gb=guest.disk_gb,
        zone=zone or conf.default_schedule_zone,
        host=host,
        node=node,
        tried=tried,
        down_time=conf.service_down_time,
        zones=HostZones(zones, str(conf.default_availability_zone)),
        project_id=guest.project_id,
        options=conf.filter_scheduler,
        aggregates=by_host,
        extra_specs=guest.flavor.get("extra_specs") or {},
        image_properties=guest.image_properties or {},
        hints=hints,
        group=group,
        same_hosts=guests.hosts_of(conn, same) if same else None,
        different_hosts=guests.hosts_of(conn, different) if different else (),
        project_hosts=_project_hosts(conf, known, guest.project_id),
        image_id=guest.image_id,
        flavor=guest.flavor.get("name", ""),
        loads=hosts.loads(conn) if _asks_for_loads(conf, guest) else {},
    )


def _asks_for_loads(conf: cfg.ConfigOpts, guest: Guest) -> bool:
    specs: Collection[str] = guest.flavor.get("extra_specs") or ()
    enabled = conf.filter_scheduler.enabled_filters
    return bool(_OF_LOADS.intersection(enabled)) or any(key.endswith(_LOADS) for key in specs)


def _project_hosts(
    conf: cfg.ConfigOpts, known: Collection[Aggregate], project_id: str
) -> Collection[str] | None:
    """The hosts of the project's aggregates, None where its servers may go elsewhere too."""
    if not conf.scheduler.limit_tenants_to_placement_aggregate:
        return None
    own = [aggregate for aggregate in known if project_id in projects_of(aggregate)]
    if not own and not conf.scheduler.placement_aggregate_required_for_tenants:
        return None
    return {host for aggregate in own for host in aggregate.hosts}


def projects_of(aggregate: Aggregate) -> set[str]:
    """The projects that an aggregate is kept for: its metadata ``filter_tenant_id…``; empty for all."""
    return {
        project.strip()
        for key, value in aggregate.metadata.items()
        if key.startswith(_PROJECTS_KEY)
        for project in value.split(",")
    }


#: The schema of the hints lets any text pass; what is no server's id names none.
_ID = re.compile(r"[0-9a-fA-F-]{32,36}")


def _listed(hint: Any) -> list[str]:
    given = [hint] if isinstance(hint, str) else list(hint or ())
    return [text for text in given if _ID.fullmatch(text)]
