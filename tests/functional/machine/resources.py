"""What servers hold: claims on nodes, ports, volumes.  Each is held by the one server that should have it."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from typing import Any

from nova_api.compute import states
from nova_api.compute.moves import of_flavor
from nova_api.db.guests import Guest
from tests.functional.machine.snapshot import Snapshot

Problems = Iterator[str]

_KINDS = ("vcpus", "memory_mb", "disk_gb")
#: (server, node, kind) → amount.
Amounts = collections.Counter[tuple[int, int, str]]


def _needed(now: Snapshot, unsure: set[int]) -> Amounts:
    nodes = {node.hypervisor_hostname: node.id for node in now.nodes}
    needed: Amounts = collections.Counter()

    def add(guest: Guest, node: str | None) -> None:
        if node is not None:
            for kind in _KINDS:
                needed[guest.id, nodes[node], kind] += getattr(guest, kind)

    for guest in now.alive.values():
        if guest.id in unsure:
            continue
        add(guest, guest.node)
        move = now.pending(guest)
        if move is not None:
            add(of_flavor(guest, move.old_flavor), move.source_node)
    return +needed


def claims(now: Snapshot) -> Problems:
    """Of every node just what its servers need, and those that may yet come back to it."""
    # A server that was reset while it waited for a confirmation keeps both claims until its next move.
    unsure = {guest.id for guest in now.alive.values() if guest.uuid in now.reset and now.pending(guest)}
    needed = _needed(now, unsure)
    found: Amounts = collections.Counter()
    sums: collections.Counter[tuple[int, str]] = collections.Counter()
    for row in now.claims:
        for kind in _KINDS:
            sums[row.node_id, kind] += getattr(row, kind)
            if row.server_id not in unsure:
                found[row.server_id, row.node_id, kind] += getattr(row, kind)
    if needed != +found:
        yield f"claims (server, node, what): missing {needed - found}, too many {found - needed}"
    for node in now.nodes:
        used = (node.vcpus_used, node.memory_mb_used, node.local_gb_used)
        claimed = tuple(sums[node.id, kind] for kind in _KINDS)
        if used != claimed:
            yield f"node {node.hypervisor_hostname} says that {used} are used; claimed are {claimed}"


def ports(now: Snapshot) -> Problems:
    """Every port in use belongs to a living server, which shows it, and is bound to its host."""
    of_server: dict[str, set[str]] = collections.defaultdict(set)
    for port in now.ports:
        if port.device_owner.startswith("network:"):
            continue
        if port.device_id:
            of_server[port.device_id].add(port.uuid)
            yield from _port_in_use(now, port)
        elif port.made_for_server:
            yield f"port {port.uuid} was made for a server and has none"
        elif port.host_id:
            yield f"port {port.uuid} is nobody's and bound to {port.host_id}"
    for guest in now.alive.values():
        shown = {nic["port_id"] for nic in guest.nics or []}
        if shown != of_server[guest.uuid] and guest.vm_state != states.ERROR:
            yield f"server {guest.uuid} shows ports {shown}, and has {of_server[guest.uuid]}"


def _port_in_use(now: Snapshot, port: Any) -> Problems:
    guest = now.alive.get(port.device_id)
    if guest is None:
        yield f"port {port.uuid} belongs to server {port.device_id}, which is no more"
    elif port.host_id != (guest.host or "") and guest.vm_state != states.ERROR:
        yield f"port {port.uuid} is bound to {port.host_id!r}, its server {guest.uuid} is on {guest.host!r}"


def disks(now: Snapshot) -> Problems:
    """A disk that is a volume has the attachment that it says; those of deleted servers are gone."""
    volumes = {volume.id: volume.uuid for volume in now.volumes}
    owners = {guest.id: guest for guest in now.guests}
    attached = {row.uuid: row for row in now.attachments}
    for disk in now.disks:
        guest = owners[disk.server_id]
        said = f"disk {disk.uuid} of {guest.vm_state} server {guest.uuid}"
        if guest.deleted:
            yield f"{said} is left"
        elif disk.attachment_id is not None:
            row = attached.pop(disk.attachment_id, None)
            if row is None or volumes[row.volume_id] != disk.volume_id or row.server_id != guest.uuid:
                yield f"{said} has attachment {disk.attachment_id}: {row}"
        elif disk.volume_id is not None and guest.vm_state != states.ERROR:
            yield f"{said} has a volume and no attachment"
    for row in attached.values():
        yield f"attachment {row.uuid} of volume {volumes[row.volume_id]} to {row.server_id} has no disk"


def volumes(now: Snapshot) -> Problems:
    """Volumes and attachments are in states to stay in, which agree."""
    statuses: dict[int, set[str]] = collections.defaultdict(set)
    for row in now.attachments:
        statuses[row.volume_id].add(row.status)
        guest = now.alive.get(row.server_id)
        if guest is None or row.status == "attached" or guest.vm_state in (states.ERROR, states.SOFT_DELETED):
            continue
        # Without a host it waits for the next one.
        if not (row.status == "reserved" and guest.host is None):
            yield f"attachment {row.uuid} to {guest.vm_state} server {guest.uuid} is {row.status}"
    for volume in now.volumes:
        there = statuses[volume.id]
        expected = "in-use" if "attached" in there else "available"
        if volume.status != expected and there <= {"attached"}:
            yield f"volume {volume.uuid} is {volume.status}, with attachments {there}"
