"""What holds of a cloud in which nothing is left to do, whatever has been asked of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from nova_api.compute import states
from nova_api.db import server_migrations
from tests.functional.machine import resources
from tests.functional.machine.operations import Ask
from tests.functional.machine.places import Place
from tests.functional.machine.resources import Problems
from tests.functional.machine.snapshot import Snapshot
from tests.functional.machine.world import ADMIN, CALLERS

#: vm_state → power states that it may have when nothing is being done.  None: any, for it is broken
#: or waits for a decision.
POWER: dict[str, tuple[int, ...] | None] = {
    states.ACTIVE: (states.RUNNING,),
    states.STOPPED: (states.SHUTDOWN,),
    states.PAUSED: (states.POWER_PAUSED,),
    states.SUSPENDED: (states.POWER_SUSPENDED,),
    states.RESIZED: (states.RUNNING, states.SHUTDOWN),
    states.RESCUED: (states.RUNNING, states.SHUTDOWN),
    states.SHELVED: (states.SHUTDOWN,),
    states.SHELVED_OFFLOADED: (states.SHUTDOWN,),
    states.SOFT_DELETED: None,
    states.ERROR: None,
}
#: Where a server may have no host.
_HOMELESS = (states.SHELVED_OFFLOADED, states.ERROR, states.SOFT_DELETED)


def _states(now: Snapshot) -> Problems:
    for guest in now.alive.values():
        said = f"server {guest.uuid} {guest.vm_state}/{guest.task_state}/{guest.power_state} on {guest.host}"
        if guest.task_state is not None:
            yield f"{said}: a task, and nobody at it"
        if guest.vm_state not in POWER:
            yield f"{said}: not a state to stay in"
            continue
        allowed = POWER[guest.vm_state]
        if allowed is not None and guest.power_state not in allowed and guest.uuid not in now.reset:
            yield f"{said}: not its power state"
        away = guest.vm_state == states.SHELVED_OFFLOADED
        if (guest.host is None) != (guest.node is None) or (away and guest.host is not None):
            yield f"{said}: node {guest.node}"
        if guest.host is None and guest.vm_state not in _HOMELESS and guest.uuid not in now.reset:
            yield f"{said}: nowhere"


def _guests(now: Snapshot) -> Problems:
    for folder in sorted(now.root.glob("*/*")):
        if folder.name not in now.alive:
            files = [file.name for file in folder.iterdir()]
            yield f"{folder.parent.name} has {files} of {folder.name}, which is no more"
    for guest in now.alive.values():
        move = now.pending(guest)
        for host, files in now.files(guest.uuid).items():
            names = [file.name for file in files]
            if host == guest.host or (move is not None and host == move.source_host):
                continue
            yield f"server {guest.uuid} is on {guest.host}, and {host} has {names} of it"
        here = [file for file in now.files(guest.uuid).get(str(guest.host), []) if "." not in file.name]
        powers = [int(file.read_text()) for file in here]
        if guest.vm_state in (states.ERROR, states.SOFT_DELETED) or guest.uuid in now.reset:
            if len(powers) > 1:
                yield f"server {guest.uuid} has guests {powers}"
            continue
        expected = [] if guest.host is None else [guest.power_state]
        if powers != expected:
            yield f"server {guest.uuid} {guest.vm_state} on {guest.host} has guests {powers}, not {expected}"


def _moves(now: Snapshot) -> Problems:
    alive = {guest.id: guest for guest in now.alive.values()}
    for move in now.moves:
        if move.status not in server_migrations.UNFINISHED:
            continue
        guest = alive.get(move.server_id)
        waits = guest is not None and guest.vm_state == states.RESIZED
        reset = guest is not None and guest.uuid in now.reset
        if not (move.status == server_migrations.FINISHED and (waits or reset)):
            yield f"migration {move.id} of server {move.server_uuid} is {move.status}; server {guest}"
    for guest in now.alive.values():
        if guest.vm_state == states.RESIZED and now.pending(guest) is None:
            yield f"server {guest.uuid} is resized, and no migration waits for its confirmation"


def _actions(now: Snapshot) -> Problems:
    names = {guest.id: guest.uuid for guest in now.guests}
    unfinished = {row.id: row for row in now.actions if row.finish_time is None}
    for row in unfinished.values():
        yield f"action {row.action} {row.request_id} of server {names[row.server_id]} has not ended"
    for event in now.events:
        if event.finish_time is None:
            yield f"event {event.event} of action {event.action_id} on {event.host} has not ended"


def _images(now: Snapshot) -> Problems:
    kept = {guest.shelved_image_id for guest in now.alive.values()}
    for image in now.images:
        if image.status not in ("active", "deactivated"):
            yield f"image {image.uuid} {image.name} is {image.status}"
        if image.name.endswith("-shelved") and image.uuid not in kept:
            yield f"image {image.uuid} is of a shelved server, and none is shelved in it"


def _answers(now: Snapshot) -> Problems:
    """What the API says of the above."""

    def ask(who: int, path: str, version: str) -> Any:
        status, text = now.place.ask(Ask(who, "GET", path, None, version))
        if status != 200:
            raise AssertionError(f"GET {path} @{version}: {status} {text}")
        return json.loads(text)

    for who, (_user, project) in enumerate(CALLERS):
        said = ask(who, "/v2.1/limits", "2.1")["limits"]["absolute"]
        mine = [guest for guest in now.alive.values() if guest.project_id == project]
        counted = [guest for guest in mine if guest.vm_state != states.SOFT_DELETED]
        expected = (
            len(counted),
            sum(guest.vcpus for guest in counted),
            sum(guest.memory_mb for guest in counted),
        )
        used = (said["totalInstancesUsed"], said["totalCoresUsed"], said["totalRAMUsed"])
        if used != expected:
            yield f"limits of {project} say that {used} are used, not {expected}"
    for version in ("2.1", "2.96", "2.104"):
        shown = ask(ADMIN, "/v2.1/servers/detail?all_tenants=1", version)["servers"]
        expected_ids = {g.uuid for g in now.alive.values() if g.vm_state != states.SOFT_DELETED}
        if {server["id"] for server in shown} != expected_ids:
            yield f"servers/detail shows {len(shown)} servers, not {len(expected_ids)}"
    nodes = {node.hypervisor_hostname: node for node in now.nodes}
    for shown in ask(ADMIN, "/v2.1/os-hypervisors/detail", "2.53")["hypervisors"]:
        node = nodes[shown["hypervisor_hostname"]]
        mine = [guest for guest in now.alive.values() if guest.node == node.hypervisor_hostname]
        said_used = (
            shown["vcpus_used"],
            shown["memory_mb_used"],
            shown["local_gb_used"],
            shown["running_vms"],
        )
        wanted = (node.vcpus_used, node.memory_mb_used + 512, node.local_gb_used, len(mine))
        if said_used != wanted:
            yield f"hypervisor {node.hypervisor_hostname} shows {said_used}, not {wanted}"


INVARIANTS: tuple[Callable[[Snapshot], Problems], ...] = (
    _states,
    _guests,
    resources.claims,
    resources.ports,
    resources.disks,
    resources.volumes,
    _moves,
    _actions,
    _images,
)


def check(place: Place, reset: set[str], *, thorough: bool) -> None:
    """Raises AssertionError that lists everything that does not hold; ``thorough`` asks the API, too.

    ``reset`` are the servers that an administrator has declared to be in another state than they are.
    """
    now = Snapshot(place, reset)
    asked = (*INVARIANTS, _answers) if thorough else INVARIANTS
    problems = [problem for invariant in asked for problem in invariant(now)]
    assert not problems, "\n".join(problems)


def nothing_left(place: Place) -> None:
    """Once every server has been deleted: no claim, guest, port, disk, attachment or image of theirs."""
    now = Snapshot(place, set())
    left = {
        "servers": sorted(now.alive),
        "claims": now.claims,
        "guests": sorted(map(str, now.root.glob("*/*"))),
        "ports": [
            port.uuid for port in now.ports if port.device_id and port.device_owner.startswith("compute")
        ],
        "disks": now.disks,
        "attachments": now.attachments,
        "shelved": [image.uuid for image in now.images if image.name.endswith("-shelved")],
        "used": [node for node in now.nodes if node.vcpus_used or node.memory_mb_used or node.local_gb_used],
    }
    assert not any(left.values()), {name: value for name, value in left.items() if value}
