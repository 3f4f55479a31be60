"""Actions on servers, by their rows of the transition table: body and microversion of one request each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.functional.machine.world import Pick, World

#: (body, microversion)
Body = tuple[dict[str, Any], str]
Maker = Callable[[World, Pick, Any], Body]

USUAL = "2.96"


def _plain(name: str, value: Any = None) -> Maker:
    return lambda _world, _pick, _server: ({name: value}, USUAL)


def _resize(_world: World, pick: Pick, server: Any) -> Body:
    others = [flavor for flavor in ("1", "2", "3") if flavor != server.flavorid]
    return {"resize": {"flavorRef": pick.of(others)}}, USUAL


def _host(world: World, pick: Pick) -> str | None:
    """None half of the time; otherwise a host, once in a while one that does not exist."""
    return pick.of([None, pick.of([*world.hosts, "nowhere"] if pick.once_in(8) else world.hosts)])


def _migrate(world: World, pick: Pick, _server: Any) -> Body:
    host = _host(world, pick)
    return ({"migrate": None} if host is None else {"migrate": {"host": host}}), USUAL


def _live_migrate(world: World, pick: Pick, _server: Any) -> Body:
    order: dict[str, Any] = {"host": _host(world, pick), "block_migration": "auto"}
    version = pick.of([USUAL, "2.30", "2.60"])
    if version != USUAL and order["host"] is not None and pick.once_in(2):
        order["force"] = True
    return {"os-migrateLive": order}, version


def _evacuate(world: World, pick: Pick, _server: Any) -> Body:
    host = _host(world, pick)
    version = pick.of(["2.80", USUAL, "2.29"])
    order: dict[str, Any] = {} if host is None else {"host": host}
    if version == "2.29" and host is not None and pick.once_in(2):
        order["force"] = True
    return {"evacuate": order}, version


def _rebuild(world: World, pick: Pick, _server: Any) -> Body:
    order: dict[str, Any] = {"imageRef": world.image}
    if pick.once_in(6):
        order["name"] = "doomed"
    return {"rebuild": order}, pick.of([USUAL, "2.1"])


def _unshelve(world: World, pick: Pick, _server: Any) -> Body:
    host = None if pick.below(3) else _host(world, pick)
    return {"unshelve": None if host is None else {"host": host}}, USUAL


def _create_backup(_world: World, pick: Pick, _server: Any) -> Body:
    return {"createBackup": {"name": "b", "backup_type": "daily", "rotation": pick.below(3)}}, USUAL


#: Row of the transition table → what is POSTed to the server's ``/action``.
ACTIONS: dict[str, Maker] = {
    "start": _plain("os-start"),
    "stop": _plain("os-stop"),
    "reboot_soft": _plain("reboot", {"type": "SOFT"}),
    "reboot_hard": _plain("reboot", {"type": "HARD"}),
    "pause": _plain("pause"),
    "unpause": _plain("unpause"),
    "suspend": _plain("suspend"),
    "resume": _plain("resume"),
    "lock": _plain("lock"),
    "unlock": _plain("unlock"),
    "rescue": _plain("rescue"),
    "unrescue": _plain("unrescue"),
    "resize": _resize,
    "confirm_resize": _plain("confirmResize"),
    "revert_resize": _plain("revertResize"),
    "rebuild": _rebuild,
    "shelve": _plain("shelve"),
    "shelve_offload": _plain("shelveOffload"),
    "unshelve": _unshelve,
    "create_image": lambda _w, pick, _s: ({"createImage": {"name": "snap"}}, pick.of([USUAL, "2.1"])),
    "create_backup": _create_backup,
    "migrate": _migrate,
    "live_migrate": _live_migrate,
    "evacuate": _evacuate,
    "change_password": _plain("changePassword", {"adminPass": "geheim"}),
    "trigger_crash_dump": _plain("trigger_crash_dump"),
    "reset_state": lambda _w, pick, _s: ({"os-resetState": {"state": pick.of(["error", "active"])}}, USUAL),
    "restore": _plain("restore"),
    "force_delete": _plain("forceDelete"),
    "inject_network_info": lambda _w, _p, _s: ({"injectNetworkInfo": None}, "2.1"),
    "add_fixed_ip": lambda world, pick, _s: (
        {"addFixedIp": {"networkId": pick.of(world.networks).uuid}},
        "2.1",
    ),
}
