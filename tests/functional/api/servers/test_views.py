"""Which keys a server's replies have, version by version (views.md "Server" of the API's facts)."""

from __future__ import annotations

import pytest

from nova_api.api.compute.servers import views
from nova_api.api.declare import Version, View
from nova_api.backend import Backend
from tests.functional.api.servers import given
from tests.functional.client import Api

_BASE = {
    "OS-DCF:diskConfig", "accessIPv4", "accessIPv6", "addresses", "created", "flavor", "hostId", "id",
    "image", "links", "metadata", "name", "status", "tenant_id", "updated", "user_id",
}  # fmt: skip
_EXTENDED = {
    "OS-EXT-AZ:availability_zone", "OS-EXT-STS:power_state", "OS-EXT-STS:task_state",
    "OS-EXT-STS:vm_state", "OS-SRV-USG:launched_at", "OS-SRV-USG:terminated_at", "config_drive",
    "os-extended-volumes:volumes_attached",
}  # fmt: skip
_ADMIN = {f"OS-EXT-SRV-ATTR:{name}" for name in ("host", "hypervisor_hostname", "instance_name")}
_ADMIN_2_3 = {
    f"OS-EXT-SRV-ATTR:{name}"
    for name in ("hostname", "kernel_id", "launch_index", "ramdisk_id", "reservation_id")
} | {"OS-EXT-SRV-ATTR:root_device_name", "OS-EXT-SRV-ATTR:user_data"}

#: Version → keys that it brings to every detailed reply.
_BROUGHT = {
    9: {"locked"},
    19: {"description"},
    26: {"tags"},
    63: {"trusted_image_certificates"},
    73: {"locked_reason"},
    96: {"pinned_availability_zone"},
    100: {"scheduler_hints"},
}
_OPTIONAL = {"fault", "progress", "security_groups"}

BOUNDARIES = sorted(
    {
        1,
        104,
        *(
            n + d
            for n in (2, 3, 9, 16, 19, 26, 47, 54, 57, 63, 69, 71, 73, 75, 90, 96, 98, 100)
            for d in (-1, 0)
        ),
    }
)


def _common(minor: int) -> set[str]:
    return _BASE.union(*(keys for since, keys in _BROUGHT.items() if since <= minor))


def _shown(minor: int, admin: bool) -> set[str]:
    keys = _common(minor) | _EXTENDED | {"key_name"}
    if admin:
        keys |= _ADMIN
        keys |= _ADMIN_2_3 if minor >= 3 else set()
        keys |= {"host_status"} if minor >= 16 else set()
    elif minor >= 90:
        keys |= {"OS-EXT-SRV-ATTR:hostname"}
    return keys


@pytest.mark.parametrize("who", ["demo", "admin"])
def test_keys_of_replies(api: Api, backend: Backend, who: str) -> None:
    given.service(backend)
    uuid = given.server(backend)
    caller = api.as_(who)
    for minor in BOUNDARIES:
        version = f"2.{minor}"
        groups = {"server_groups"} if minor >= 71 else set()
        (listed,) = caller.get("/servers", version=version).json["servers"]
        (detailed,) = caller.get("/servers/detail", version=version).json["servers"]
        shown = caller.get(f"/servers/{uuid}", version=version).json["server"]
        updated = caller.put(f"/servers/{uuid}", {"server": {}}, version=version).json["server"]
        assert listed.keys() == {"id", "name", "links"}, version
        assert detailed.keys() - _OPTIONAL == _shown(minor, who == "admin"), version
        assert shown == detailed | {key: [] for key in groups}, version
        if minor < 75:
            assert updated.keys() - _OPTIONAL == _common(minor) | groups, version
            assert {"version", "addr"} == updated["addresses"]["private"][0].keys()
        else:
            assert updated.keys() == shown.keys(), version
            assert updated["addresses"] == shown["addresses"]


def test_a_flavor_is_a_link_and_then_a_copy(api: Api, backend: Backend) -> None:
    given.server(backend)
    (before,) = api.get("/servers/detail", version="2.46").json["servers"]
    (after,) = api.get("/servers/detail", version="2.47").json["servers"]
    assert before["flavor"].keys() == {"id", "links"}
    assert "id" not in after["flavor"]


def _names(view: View, minor: int) -> set[str]:
    return {field.name for field in view.at(Version(minor))}


@pytest.mark.parametrize(
    ("minor", "more"),
    [
        (53, {"adminPass"}),
        (54, {"adminPass", "key_name"}),
        (57, {"adminPass", "key_name", "user_data"}),
        (75, {"adminPass", "user_data"}),
    ],
)
def test_what_a_rebuild_shows_beyond_an_update(minor: int, more: set[str]) -> None:
    rebuilt, updated = _names(views.REBUILD, minor), _names(views.UPDATE, minor)
    assert rebuilt - updated == more
    assert updated - rebuilt == ({"OS-EXT-SRV-ATTR:user_data"} if minor >= 75 else set())


def test_the_legacy_api_shows_what_2_1_shows(api: Api, backend: Backend) -> None:
    given.server(backend)
    (new,) = api.get("/servers/detail").json["servers"]
    (old,) = api.get("/servers/detail", root="/v2").json["servers"]
    assert old.keys() == new.keys()
    assert "/v2/servers/" in old["links"][0]["href"]
