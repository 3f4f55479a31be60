"""After the storm: what became of everything that was accepted, and whether the sums are right."""

from __future__ import annotations

import collections
import json
import pathlib
from typing import Any

import sqlalchemy as sa

from nova_api.compute import states
from nova_api.db.schema.block_device import server_block_devices
from nova_api.db.schema.compute import (
    allocations,
    compute_nodes,
    server_action_events,
    server_actions,
    server_faults,
    servers,
)
from nova_api.db.schema.image import image_properties, images
from nova_api.db.schema.network import addresses, ports
from nova_api.db.schema.volume import volume_attachments, volume_snapshots, volumes
from nova_api.db.schema.work import work_items
from tests.chaos.clients import Asked, Client
from tests.chaos.operations import DELETED, OFFLOADED, RESCUE, VERIFY_RESIZE
from tests.chaos.place import HOSTS, SCHEDULERS, Place

#: vm_state → status of the API, for servers that do nothing.
STATUS = {
    states.ACTIVE: "ACTIVE",
    states.STOPPED: "SHUTOFF",
    states.PAUSED: "PAUSED",
    states.SUSPENDED: "SUSPENDED",
    states.RESIZED: VERIFY_RESIZE,
    states.RESCUED: RESCUE,
    states.SHELVED_OFFLOADED: OFFLOADED,
    states.SHELVED: "SHELVED",
    states.ERROR: "ERROR",
    states.BUILDING: "BUILD",
}
POWER = {
    states.ACTIVE: states.RUNNING,
    states.STOPPED: states.SHUTDOWN,
    states.PAUSED: states.POWER_PAUSED,
    states.SUSPENDED: states.POWER_SUSPENDED,
    states.RESIZED: states.RUNNING,
    # Of the guest itself: what runs is the rescue system.
    states.RESCUED: states.SHUTDOWN,
}


class Findings:
    """``lost``: accepted requests that did not end as they must; ``wrong``: what does not add up.

    ``hostless`` servers were deleted by a scheduler, because their host was away.
    """

    def __init__(self) -> None:
        self.lost: list[str] = []
        self.wrong: list[str] = []
        self.hostless = 0


class Look:
    """The database at one moment."""

    def __init__(self, place: Place) -> None:
        self._place = place
        with place.backend.db.reader() as conn:
            self.servers = list(conn.execute(sa.select(servers)))
            self.items = list(conn.execute(sa.select(work_items)))
            self.actions = list(conn.execute(sa.select(server_actions)))
            self.events = list(conn.execute(sa.select(server_action_events)))
            self.claims = list(conn.execute(sa.select(allocations)))
            self.nodes = list(conn.execute(sa.select(compute_nodes)))
            self.ports = list(conn.execute(sa.select(ports)))
            self.addresses = list(conn.execute(sa.select(addresses.c.port_id)))
            self.images = list(conn.execute(sa.select(images)))
            p = image_properties.c
            listed = sa.select(p.image_id, p.value).where(p.name == "block_device_mapping")
            self.mappings = {row.image_id: row.value for row in conn.execute(listed)}
            self.faults = list(conn.execute(sa.select(server_faults)))
            self.disks = list(conn.execute(sa.select(server_block_devices)))
            self.volumes = list(conn.execute(sa.select(volumes)))
            self.attachments = list(conn.execute(sa.select(volume_attachments)))
            self.snapshots = list(conn.execute(sa.select(volume_snapshots)))
        self.by_uuid = {server.uuid: server for server in self.servers}
        self.living = [server for server in self.servers if not server.deleted]

    @staticmethod
    def busy(place: Place) -> int:
        """How many servers and work items are still under way."""
        doing = sa.and_(
            servers.c.deleted == sa.false(),
            sa.or_(servers.c.task_state.is_not(None), servers.c.vm_state == states.BUILDING),
        )
        with place.backend.db.reader() as conn:
            return int(
                conn.scalar(sa.select(sa.func.count()).select_from(work_items))
                or conn.scalar(sa.select(sa.func.count()).select_from(servers).where(doing))
                or 0
            )

    def guests(self, host: str, uuid: str) -> list[pathlib.Path]:
        folder = self._place.state / "fake" / host / uuid
        if not folder.is_dir():
            return []
        return [file for file in folder.iterdir() if "." not in file.name]

    def plugged(self, host: str, uuid: str) -> set[str]:
        """The volumes that the server's guest has on that host."""
        folder = self._place.state / "fake" / host / uuid
        return {file.name.removeprefix("volume.") for file in folder.glob("volume.*")}


def of(place: Place, clients: list[Client]) -> Findings:
    """Everything that is not as it should be."""
    look, found = Look(place), Findings()
    _ends(look, clients, found)
    _actions(look, clients, found)
    _under_way(look, found)
    _claims(look, found)
    _guests(look, found)
    _neighbours(look, found)
    _volumes(look, found)
    _snapshots(look, found)
    _attached(look, clients, found)
    ended = [event.host for event in look.events if event.event == "compute_terminate_instance"]
    found.hostless = sum(host in SCHEDULERS for host in ended)
    return found


def _status(server: Any) -> str:
    return DELETED if server.deleted else STATUS.get(server.vm_state, server.vm_state)


def _why(look: Look, server: Any) -> str:
    faults = [fault.message for fault in look.faults if fault.server_id == server.id]
    return f" ({faults[-1]})" if faults else ""


def _ends(look: Look, clients: list[Client], found: Findings) -> None:
    for client in clients:
        for known in client.servers:
            server = look.by_uuid.get(known.uuid)
            if server is None:
                found.lost.append(f"server {known.uuid} was accepted and has never been")
            elif server.task_state is not None and not server.deleted:
                found.lost.append(f"server {known.uuid} is {server.vm_state}, doing {server.task_state}")
            elif _status(server) not in known.expected:
                wanted = "/".join(sorted(known.expected))
                found.lost.append(
                    f"server {known.uuid} is {_status(server)} and not {wanted}{_why(look, server)}"
                )
            elif not server.deleted and (server.locked_by is not None) not in known.locked:
                found.lost.append(f"server {known.uuid} is locked by {server.locked_by}")


def _actions(look: Look, clients: list[Client], found: Findings) -> None:
    """Each accepted request has its action, which has ended, and well unless a delete came over it."""
    by_request = collections.defaultdict(list)
    for action in look.actions:
        by_request[action.request_id].append(action)
    for asked in (asked for client in clients for asked in client.asked if asked.accepted):
        rows = by_request[asked.request_id]
        problem = _problem(look, asked, rows)
        if problem:
            found.lost.append(f"{asked.operation} of {asked.server} ({asked.request_id}): {problem}")


def _problem(look: Look, asked: Asked, rows: list[Any]) -> str | None:
    server = look.by_uuid.get(str(asked.server))
    if server is None:
        return "no such server"
    if not rows:
        # A second delete, while the first is at work, is none.
        return None if asked.operation == "delete" and server.deleted else "has left no action"
    if any(row.finish_time is None for row in rows):
        return "has not ended"
    if any(row.message for row in rows) and not server.deleted:
        details = [event.details for event in look.events if event.action_id == rows[0].id and event.details]
        return f"ended in failure: {details[-1:]}"
    return None


def _under_way(look: Look, found: Findings) -> None:
    """Nothing is, also of requests whose clients were cut off."""
    for item in look.items:
        found.wrong.append(
            f"work item {item.uuid} ({item.method} of {item.server_uuid}) is {item.state}, "
            f"attempt {item.attempts}"
        )
    for server in look.living:
        if server.task_state is not None or server.vm_state in (states.BUILDING, states.ERROR):
            found.wrong.append(
                f"server {server.uuid} is {server.vm_state}, doing {server.task_state}{_why(look, server)}"
            )
    for action in look.actions:
        if action.finish_time is None:
            found.wrong.append(f"action {action.action} ({action.request_id}) has no end")
    closed = {action.id for action in look.actions if action.finish_time is not None}
    for event in look.events:
        if event.finish_time is None and event.action_id in closed:
            found.wrong.append(f"event {event.event} of action {event.action_id} has no end")


def _claims(look: Look, found: Findings) -> None:
    of_server = collections.defaultdict(list)
    for claim in look.claims:
        of_server[claim.server_id].append(claim)
    names = {node.id: node.hypervisor_hostname for node in look.nodes}
    for server in look.servers:
        claims = of_server.pop(server.id, [])
        where = sorted(names[claim.node_id] for claim in claims)
        if server.deleted or server.host is None:
            good = not claims
        elif server.vm_state == states.RESIZED:
            good = server.node in where and len(where) <= 2
        else:
            good = where == [server.node]
        if not good:
            found.wrong.append(f"server {server.uuid} ({_status(server)}) on {server.node} claims {where}")
    for node in look.nodes:
        mine = [claim for claim in look.claims if claim.node_id == node.id]
        sums = tuple(
            sum(getattr(claim, name) for claim in mine) for name in ("vcpus", "memory_mb", "disk_gb")
        )
        used = (node.vcpus_used, node.memory_mb_used, node.local_gb_used)
        if sums != used:
            found.wrong.append(f"node {node.hypervisor_hostname} says {used} and its claims sum up to {sums}")


def _guests(look: Look, found: Findings) -> None:
    for server in look.living:
        there = {host: look.guests(host, server.uuid) for host in HOSTS}
        right = {host: 1 if host == server.host else 0 for host in HOSTS}
        if {host: len(files) for host, files in there.items()} != right:
            said = {host: [file.name for file in files] for host, files in there.items()}
            found.wrong.append(f"server {server.uuid} ({_status(server)}) on {server.host} has guests {said}")
        elif server.host and server.vm_state in POWER:
            power = there[server.host][0].read_text()
            if power != str(POWER[server.vm_state]):
                found.wrong.append(f"server {server.uuid} is {server.vm_state} and its guest's power {power}")
    for server in look.servers:
        left = [host for host in HOSTS if server.deleted and look.guests(host, server.uuid)]
        if left:
            found.wrong.append(f"server {server.uuid} is deleted and has a guest on {left}")


def _neighbours(look: Look, found: Findings) -> None:
    count = collections.Counter(port.device_id for port in look.ports)
    for server in look.servers:
        if count.pop(server.uuid, 0) != (0 if server.deleted else 1):
            found.wrong.append(f"server {server.uuid} ({_status(server)}) has not just its one port")
    addressed = collections.Counter(row.port_id for row in look.addresses)
    if any(number > 1 for number in addressed.values()):
        found.wrong.append("a port has two addresses")
    for image in look.images:
        if image.status == "queued":
            found.wrong.append(f"image {image.uuid} ({image.name}) has no data, and nobody makes any")
        elif image.status not in ("active", "deactivated"):
            found.wrong.append(f"image {image.uuid} ({image.name}) is {image.status}")


def _volumes(look: Look, found: Findings) -> None:
    """Each disk of a living server has an attachment, which says where the server is; there are no others."""
    living = {server.id: server for server in look.living}
    disks = {disk.attachment_id: disk for disk in look.disks}
    names = {volume.id: volume.uuid for volume in look.volumes}
    statuses = collections.defaultdict(set)
    for one in look.attachments:
        statuses[one.volume_id].add(one.status)
        disk = disks.pop(one.uuid, None)
        what = f"attachment {one.uuid} of volume {names[one.volume_id]} to server {one.server_id}"
        if disk is None or disk.server_id not in living or disk.volume_id != names[one.volume_id]:
            found.wrong.append(f"{what} ({one.status} on {one.host}) is that of no disk")
            continue
        host = living[disk.server_id].host
        if (one.status, one.host) != (("attached", host) if host else ("reserved", None)):
            found.wrong.append(f"{what} is {one.status} on {one.host}, and the server on {host}")
    for disk in disks.values():
        found.wrong.append(f"disk {disk.uuid} of server {disk.server_id} ({disk.volume_id}) is not attached")
    for volume in look.volumes:
        of = statuses[volume.id]
        right = "available" if not of else "in-use" if "attached" in of else "reserved"
        if volume.status != right:
            found.wrong.append(f"volume {volume.uuid} is {volume.status} and not {right}")
    for server in look.servers:
        mine = {disk.volume_id for disk in look.disks if disk.server_id == server.id}
        for host in HOSTS:
            plugged = look.plugged(host, server.uuid)
            if plugged != (mine if host == server.host and not server.deleted else set()):
                found.wrong.append(
                    f"server {server.uuid} ({_status(server)}) on {server.host} has {sorted(mine)}, "
                    f"and its guest on {host} {sorted(plugged)}"
                )


def _snapshots(look: Look, found: Findings) -> None:
    """Each belongs to an image that is there, and to each such image all of its own."""
    there = {snapshot.uuid for snapshot in look.snapshots}
    listed = {
        disk["snapshot_id"]: image
        for image in look.images
        for disk in json.loads(look.mappings.get(image.id, "[]"))
    }
    for snapshot in sorted(there - set(listed)):
        found.wrong.append(f"snapshot {snapshot} is that of no image")
    for snapshot in sorted(set(listed) - there):
        found.wrong.append(f"image {listed[snapshot].uuid} has lost its snapshot {snapshot}")
    # A volume with snapshots stays when its server is deleted, and no other that was made for one.
    used = {snapshot.volume_id for snapshot in look.snapshots} | {disk.volume_id for disk in look.disks}
    for volume in look.volumes:
        if volume.order_key is not None and volume.uuid not in used:
            found.wrong.append(f"volume {volume.uuid} was made for a server, and nobody has it")


def _attached(look: Look, clients: list[Client], found: Findings) -> None:
    uuids = {server.id: server.uuid for server in look.servers}
    owners = {disk.volume_id: uuids[disk.server_id] for disk in look.disks}
    for client in clients:
        for volume in client.volumes:
            owner = owners.get(volume.uuid)
            if owner not in volume.expected:
                wanted = "/".join(sorted(str(one) for one in volume.expected))
                found.lost.append(f"volume {volume.uuid} is with server {owner} and not {wanted}")
