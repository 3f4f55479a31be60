"""Something of the demo project for every kind of id in a path, and bodies that pass validation."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Mapping
from typing import Any

import orjson

from nova_api import seed
from nova_api.api.compute import RESOURCES
from nova_api.api.declare import MAX, MIN, Operation, Version, operations_of
from nova_api.backend import Backend
from nova_api.neighbours.shares import LocalShares
from tests.functional.api.servers import given, rows
from tests.functional.api.servers.volumes import DEMO, volume
from tests.functional.api.smallest import smallest
from tests.functional.client import DEMO_PROJECT, Api

#: Every operation of the compute API; those of the legacy roots are the same objects.
OPERATIONS = [operation for controller in RESOURCES for operation in operations_of(controller)]

#: Which thing a path is about: the last pattern that matches the template's start and parameter.
_KINDS = {
    r"/servers/\{id\}|/os-volumes_boot/\{id\}|.*\{server_id\}": "server",
    r"/os-keypairs/\{id\}": "keypair",
    r"/images/\{(id|image_id)\}": "image",
    r"/images/\{image_id\}/metadata/\{id\}": "image_key",
    r"/os-server-groups/\{id\}": "group",
    r"/(os-quota-sets|os-simple-tenant-usage)/\{id\}": "project",
    r"/servers/\{server_id\}/os-instance-actions/\{id\}": "action",
    r"/servers/\{server_id\}/os-volume_attachments/\{id\}": "volume",
    r"/servers/\{server_id\}/os-interface/\{id\}": "port",
    r"/servers/\{server_id\}/metadata/\{id\}": "key",
    r"/servers/\{server_id\}/tags/\{id\}": "tag",
    r"/servers/\{server_id\}/ips/\{id\}": "network_label",
    r"/servers/\{server_id\}/shares/\{id\}": "share",
    r"/os-volumes/\{id\}": "volume",
    r"/os-snapshots/\{id\}": "snapshot",
    r"/os-(tenant-)?networks/\{id\}": "network",
    r"/os-floating-ips/\{id\}": "floating_ip",
    r"/os-security-groups/\{id\}": "security_group",
    r"/os-security-group-rules/\{id\}": "rule",
    r"/flavors/\{(id|flavor_id)\}": "flavor",
}


def kind_of(prefix: str) -> str:
    """What the last parameter of the path template ``prefix`` names; ``unknown`` for an operator's things."""
    found = [kind for pattern, kind in _KINDS.items() if re.fullmatch(pattern, prefix)]
    return found[-1] if found else "unknown"


def path_of(operation: Operation, things: Mapping[str, str]) -> str:
    """The operation's path with the ids of ``things``; what is not among them is a uuid that nothing has."""

    def fill(match: re.Match[str]) -> str:
        kind = kind_of(operation.path[: match.end()])
        return things.get(kind, "77777777-7777-4777-8777-777777777777")

    return re.sub(r"\{[^}]*\}", fill, operation.path).removesuffix("/action") + (
        "/action" if operation.action else ""
    )


def missing(things: Mapping[str, str]) -> dict[str, str]:
    """Ids of the same form as those of ``things`` that nothing has."""
    return {kind: _other(value) for kind, value in things.items()}


def _other(value: str) -> str:
    if value.isdigit():
        return str(int(value) + 987654)
    try:
        uuid.UUID(value)
    except ValueError:
        return value[:-4] + "none"
    return str(uuid.uuid4())


def versions(operation: Operation) -> list[str]:
    """The first and the last version that have ``operation``."""
    inside = [minor for minor in range(MIN, MAX + 1) if operation.window.contains(Version(minor))]
    return [f"2.{minor}" for minor in dict.fromkeys((inside[0], inside[-1]))] if inside else []


@functools.cache
def body_of(operation: Operation, version: str) -> bytes | None:
    """The smallest body that the declared schema allows at ``version``."""
    if operation.body is None:
        return orjson.dumps({operation.action: None}) if operation.action else None
    at = Version(int(version.removeprefix("2.")))
    found = smallest(operation.body.json_schema(at))
    assert operation.body.accepts(found, at), f"{operation} at {version} does not accept {found}"
    return orjson.dumps(found)


def of_demo(backend: Backend, api: Api) -> dict[str, str]:
    """Makes one of each thing for the demo project; kind → id."""
    seed.first_start(backend, {"admin": "secret", "demo": "secret"})
    assert isinstance(backend.shares, LocalShares)
    server = given.server(
        backend, tags=("secret-tag",), metadata={"secret-key": "v"}, nics=[given.nic(label="secret-net")]
    )
    rows.change(backend, server, name="secret-server")
    kept = volume(backend, name="secret-volume")
    image = backend.images.create(DEMO, {"name": "secret-image", "properties": {"secret-property": "v"}})
    export = {"project_id": DEMO_PROJECT, "export_location": "10.0.0.50:/mnt/secret"}
    return {
        "server": server,
        "action": given.action(backend, server),
        "key": "secret-key",
        "tag": "secret-tag",
        "network_label": "secret-net",
        "volume": kept,
        "snapshot": backend.volumes.create_snapshot(DEMO, kept, "secret-snapshot", "").id,
        "image": image.id,
        "image_key": "secret-property",
        "share": backend.shares.create(export),
        "project": DEMO_PROJECT,
        **_of_networks(backend),
        **_through_http(api),
    }


def _of_networks(backend: Backend) -> dict[str, str]:
    networks: Any = backend.networks
    network = networks.networks.create(DEMO, {"name": "secret-net"})
    networks.subnets.create(DEMO, networks.networks, {"network_id": network.id, "cidr": "10.99.0.0/24"})
    return {"network": network.id, "port": networks.ports.create(DEMO, {"network_id": network.id}).id}


def _through_http(api: Api) -> dict[str, str]:
    """What takes one request each."""

    def made(caller: Api, path: str, body: Any, version: str = "2.1") -> dict[str, Any]:
        answer = caller.post(path, body, version=version)
        assert answer.status_int < 300, answer.text
        (shown,) = answer.json.values()
        assert isinstance(shown, dict)
        return shown

    flavor = {"id": "secret-flavor", "name": "secret-flavor", "ram": 1, "vcpus": 1, "disk": 1}
    made(api.admin, "/flavors", {"flavor": flavor | {"os-flavor-access:is_public": False}})
    access = {"addTenantAccess": {"tenant": DEMO_PROJECT}}
    assert api.admin.post("/flavors/secret-flavor/action", access).status_int == 200
    security_group = {"name": "secret-group", "description": "secret"}
    group_id = str(made(api, "/os-security-groups", {"security_group": security_group})["id"])
    rule = {"parent_group_id": group_id, "ip_protocol": "tcp", "from_port": 22, "to_port": 22}
    server_group = {"name": "secret-servers", "policies": ["affinity"]}
    return {
        "flavor": "secret-flavor",
        "keypair": str(made(api, "/os-keypairs", {"keypair": {"name": "secret-keypair"}})["name"]),
        "group": str(made(api, "/os-server-groups", {"server_group": server_group})["id"]),
        "floating_ip": str(made(api, "/os-floating-ips", {})["id"]),
        "security_group": group_id,
        "rule": str(made(api, "/os-security-group-rules", {"security_group_rule": rule})["id"]),
    }
