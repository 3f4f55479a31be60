"""After the storm: what became of everything that was accepted, and whether the sums are right."""

from __future__ import annotations

import collections
import pathlib
from typing import Any

import sqlalchemy as sa

from nova_api.compute import states
from nova_api.db.schema.compute import (
    allocations,
    compute_nodes,
    server_action_events,
    server_actions,
    server_faults,
    servers,
)
from nova_api.db.schema.image import images
from nova_api.db.schema.network import addresses, ports
from nova_api.db.schema.work import work_items
from tests.chaos.clients import Asked, Client
from tests.chaos.operations import DELETED, OFFLOADED, VERIFY_RESIZE
from tests.chaos.place import HOSTS, SCHEDULERS, Place

#: vm_state → status of the API, for servers that do nothing.
STATUS = {
    states.ACTIVE: "ACTIVE",
    states.STOPPED: "SHUTOFF",
    states.PAUSED: "PAUSED",
    states.SUSPENDED: "SUSPENDED",
    states.RESIZED: VERIFY_RESIZE,
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
            self.faults = list(conn.execute(sa.select(server_faults)))
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


def of(place: Place, clients: list[Client]) -> Findings:
    """Everything that is not as it should be."""
    look, found = Look(place), Findings()
    _ends(look, clients, found)
    _actions(look, clients, found)
    _under_way(look, found)
    _claims(look, found)
    _guests(look, found)
    _neighbours(look, found)
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
