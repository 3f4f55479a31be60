"""Requests that clients may make, whatever state things are in."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from tests.functional.machine.actions import ACTIONS, USUAL
from tests.functional.machine.world import ADMIN, CALLERS, Pick, World

FOR_ADMINISTRATORS = frozenset(
    {"migrate", "live_migrate", "evacuate", "reset_state", "shelve_offload", "inject_network_info"}
)
DULL = frozenset(
    {
        "force_delete",
        "reset_state",
        "lock",
        "unlock",
        "inject_network_info",
        "add_fixed_ip",
        "update_metadata",
    }
    | {"update_tags", "trigger_crash_dump", "change_password", "reboot_soft"}
)
#: The name that the fake driver refuses to spawn.
DOOMED = "doomed"


@dataclasses.dataclass(frozen=True)
class Ask:
    """One request."""

    who: int
    method: str
    path: str
    body: Any = None
    version: str | None = USUAL

    def __str__(self) -> str:
        body = "" if self.body is None else f" {self.body}"
        return f"{CALLERS[self.who][0]} {self.method} {self.path}{body} @{self.version}"


Maker = Callable[[World, int, int, Pick], Ask | None]


def _server(suffix: str, method: str, body: Callable[[World, Pick, Any], Any]) -> Maker:
    """A request below one of the caller's servers; ``suffix`` may be filled by ``body`` ({0})."""

    def make(world: World, who: int, ordinal: int, pick: Pick) -> Ask | None:
        server = world.server(who, ordinal)
        if server is None:
            return None
        made = body(world, pick, server)
        if made is None:
            return None
        content, fill, version = made
        return Ask(who, method, f"/v2.1/servers/{server.uuid}{suffix.format(fill)}", content, version)

    return make


def _action(name: str) -> Maker:
    def make(world: World, who: int, ordinal: int, pick: Pick) -> Ask | None:
        server = world.server(who, ordinal)
        if server is None:
            return None
        # A refusal by policy now and then is enough.
        if name in FOR_ADMINISTRATORS and not pick.once_in(16):
            who = ADMIN
        body, version = ACTIONS[name](world, pick, server)
        return Ask(who, "POST", f"/v2.1/servers/{server.uuid}/action", body, version)

    return make


# --- servers ----------------------------------------------------------------------------


def _create(world: World, who: int, _ordinal: int, pick: Pick) -> Ask:
    server: dict[str, Any] = {"name": "vm", "flavorRef": pick.of(["1", "1", "2"]), "imageRef": world.image}
    server["networks"] = _networks(world, who, pick)
    if pick.once_in(12):
        server["name"] = DOOMED
    if pick.once_in(6) and isinstance(server["networks"], str):
        server["min_count"], server["max_count"] = 1, 2 + pick.below(2)
    if who == ADMIN and pick.once_in(3):
        server["availability_zone"] = f"nova:{pick.of(world.hosts)}"
    body: dict[str, Any] = {"server": server}
    mine = [group for group in world.groups if group.project_id == CALLERS[who][1]]
    if mine and pick.once_in(4):
        body["os:scheduler_hints"] = {"group": pick.of(mine).uuid}
    if pick.once_in(3):
        _from_volume(world, who, pick, server)
    return Ask(who, "POST", "/v2.1/servers", body)


def _networks(world: World, who: int, pick: Pick) -> Any:
    kind = pick.below(5)
    if kind == 3:
        return "none"
    if kind == 4:
        free = [port for port in world.ports if port.project_id == CALLERS[who][1] and not port.device_id]
        asked = [{"uuid": pick.of(world.networks).uuid}]
        return asked + [{"port": pick.of(free).uuid}] if free else asked
    return "auto"


def _from_volume(world: World, who: int, pick: Pick, server: dict[str, Any]) -> None:
    """Its root disk becomes a volume: a new one, or one that is there (perhaps in use, or not bootable)."""
    goes = pick.below(2) == 0
    mine = [volume for volume in world.volumes if volume.project_id == CALLERS[who][1]]
    device: dict[str, Any] = {
        "boot_index": 0,
        "destination_type": "volume",
        "source_type": "image",
        "uuid": world.image,
        "volume_size": 1,
        "delete_on_termination": goes,
    }
    if mine and pick.once_in(3):
        device |= {"source_type": "volume", "uuid": pick.of(mine).uuid}
        del device["volume_size"]
    del server["imageRef"]
    server["block_device_mapping_v2"] = [device]


def _delete(world: World, who: int, ordinal: int, _pick: Pick) -> Ask | None:
    server = world.server(who, ordinal)
    return None if server is None else Ask(who, "DELETE", f"/v2.1/servers/{server.uuid}")


def _apt(world: World, who: int, ordinal: int, pick: Pick) -> Ask | None:
    """Something that the server admits as it is: long walks through the states need that."""
    server = world.server(who, ordinal)
    if server is None:
        return None
    # Not what empties the cloud, or leaves the server as it is: that comes by its own name.
    names = sorted((set(world.apt(server)) & {*ACTIONS, *BY_STATE}) - DULL)
    if not names:
        return None
    name = pick.of(names)
    return (BY_STATE.get(name) or _action(name))(world, who, ordinal, pick)


# --- what is plugged in --------------------------------------------------------------------


def _volume_of(world: World, pick: Pick, server: Any) -> Any:
    mine = [volume for volume in world.volumes if volume.project_id == server.project_id]
    return pick.of(mine) if mine else None


def _attach_volume(world: World, pick: Pick, server: Any) -> Any:
    volume = _volume_of(world, pick, server)
    if volume is None:
        return None
    version = pick.of(["2.104", "2.60", "2.104"])
    return {"volumeAttachment": {"volumeId": volume.uuid}}, "", version


def _detach_volume(world: World, pick: Pick, server: Any) -> Any:
    volume = _volume_of(world, pick, server)
    return None if volume is None else (None, volume.uuid, USUAL)


def _swap_volume(world: World, pick: Pick, server: Any) -> Any:
    old, new = _volume_of(world, pick, server), _volume_of(world, pick, server)
    return None if old is None else ({"volumeAttachment": {"volumeId": new.uuid}}, old.uuid, "2.84")


def _attach_interface(world: World, pick: Pick, server: Any) -> Any:
    free = [port for port in world.ports if port.project_id == server.project_id and not port.device_id]
    if free and pick.once_in(2):
        return {"interfaceAttachment": {"port_id": pick.of(free).uuid}}, "", USUAL
    return {"interfaceAttachment": {"net_id": pick.of(world.networks).uuid}}, "", USUAL


def _detach_interface(world: World, pick: Pick, server: Any) -> Any:
    plugged = [port for port in world.ports if port.device_id == server.uuid]
    return (None, pick.of(plugged).uuid, USUAL) if plugged else None


def _tag(_world: World, pick: Pick, _server: Any) -> Any:
    return {"tags": [f"t{number}" for number in range(pick.below(3))]}, "", USUAL


def _metadata(_world: World, pick: Pick, _server: Any) -> Any:
    return {"metadata": {f"k{number}": "v" for number in range(pick.below(3))}}, "", USUAL


# --- moves under way -----------------------------------------------------------------------


def _of_live(method: str, suffix: str, body: Any) -> Maker:
    def make(world: World, who: int, _ordinal: int, pick: Pick) -> Ask | None:
        moves = [move for move in world.moves if move.migration_type == "live-migration"]
        if not moves:
            return None
        move = moves[-1 - pick.below(min(len(moves), 3))]
        path = f"/v2.1/servers/{move.server_uuid}/migrations/{move.id}{suffix}"
        return Ask(who, method, path, body)

    return make


# --- other things --------------------------------------------------------------------------


def _create_volume(world: World, who: int, _ordinal: int, pick: Pick) -> Ask:
    volume: dict[str, Any] = {"size": 1}
    if pick.once_in(3):
        volume["imageRef"] = world.image
    return Ask(who, "POST", f"/volume/v3/{CALLERS[who][1]}/volumes", {"volume": volume}, None)


def _delete_volume(world: World, who: int, _ordinal: int, pick: Pick) -> Ask | None:
    mine = [volume for volume in world.volumes if volume.project_id == CALLERS[who][1]]
    project = CALLERS[who][1]
    return (
        Ask(who, "DELETE", f"/volume/v3/{project}/volumes/{pick.of(mine).uuid}", None, None) if mine else None
    )


def _create_port(world: World, who: int, _ordinal: int, pick: Pick) -> Ask:
    port = {"network_id": pick.of(world.networks).uuid}
    return Ask(who, "POST", "/network/v2.0/ports", {"port": port}, None)


def _delete_port(world: World, who: int, _ordinal: int, pick: Pick) -> Ask | None:
    mine = [port for port in world.ports if port.project_id == CALLERS[who][1] and not port.device_id]
    return Ask(who, "DELETE", f"/network/v2.0/ports/{pick.of(mine).uuid}", None, None) if mine else None


def _create_group(_world: World, who: int, _ordinal: int, pick: Pick) -> Ask:
    policies = ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]
    group = {"name": "group", "policy": pick.of(policies)}
    return Ask(who, "POST", "/v2.1/os-server-groups", {"server_group": group})


def _delete_group(world: World, who: int, _ordinal: int, pick: Pick) -> Ask | None:
    return (
        Ask(who, "DELETE", f"/v2.1/os-server-groups/{pick.of(world.groups).uuid}") if world.groups else None
    )


def _switch_service(world: World, _who: int, _ordinal: int, pick: Pick) -> Ask:
    verb = pick.of(["enable", "disable", "enable"])
    body = {"host": pick.of(world.hosts), "binary": "nova-compute"}
    return Ask(ADMIN, "PUT", f"/v2.1/os-services/{verb}", body, "2.52")


def _event(world: World, _who: int, ordinal: int, pick: Pick) -> Ask | None:
    server = world.server(ADMIN, ordinal)
    if server is None:
        return None
    event = {"server_uuid": server.uuid, "name": pick.of(["power-update", "network-changed"])}
    if event["name"] == "power-update":
        event["tag"] = pick.of(["POWER_OFF", "POWER_ON"])
    return Ask(ADMIN, "POST", "/v2.1/os-server-external-events", {"events": [event]})


#: Rows of the transition table that are no actions.
BY_STATE: dict[str, Maker] = {
    "attach_volume": _server("/os-volume_attachments", "POST", _attach_volume),
    "detach_volume": _server("/os-volume_attachments/{0}", "DELETE", _detach_volume),
    "swap_volume": _server("/os-volume_attachments/{0}", "PUT", _swap_volume),
    "attach_interface": _server("/os-interface", "POST", _attach_interface),
    "detach_interface": _server("/os-interface/{0}", "DELETE", _detach_interface),
    "update_tags": _server("/tags", "PUT", _tag),
    "update_metadata": _server("/metadata", "PUT", _metadata),
    "live_migration_abort": _of_live("DELETE", "", None),
    "live_migration_force_complete": _of_live("POST", "/action", {"force_complete": None}),
}

OPERATIONS: dict[str, Maker] = {
    "create": _create,
    "apt": _apt,
    "delete": _delete,
    **{name: _action(name) for name in ACTIONS},
    **BY_STATE,
    "create_volume": _create_volume,
    "delete_volume": _delete_volume,
    "create_port": _create_port,
    "delete_port": _delete_port,
    "create_group": _create_group,
    "delete_group": _delete_group,
    "switch_service": _switch_service,
    "event": _event,
}
#: How often each is taken: a cloud has to fill before anything else is of interest.
WEIGHTS = {"create": 10, "apt": 60, "delete": 3, "create_volume": 3, "attach_volume": 3, "create_port": 2}
