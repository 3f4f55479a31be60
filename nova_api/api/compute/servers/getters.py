"""The values of a server's fields, from its record and what was loaded beside it.

A getter takes ``(server, request)``; the server has the parts, and
``request.related`` holds what ``related`` has put there.  Source: views.md "Server", states.md (a),
defaults.md §7 of the facts.
"""

from __future__ import annotations

import functools
import hashlib
from typing import Any

from nova_api.api import times
from nova_api.api.compute.servers import policies
from nova_api.api.declare import OMIT
from nova_api.api.request import Request
from nova_api.compute import states
from nova_api.compute.servers.query import HostStatuses
from nova_api.db.server_queries import Server


def status(server: Server, _request: Request) -> str:
    """One word for its states (states.md (a))."""
    return states.status_of(server.vm_state, server.task_state, server.deleted)


def progress(server: Server, request: Request) -> Any:
    """Per cent, while there is something to wait for."""
    return server.progress if status(server, request) in states.PROGRESS_STATUSES else OMIT


def fault(server: Server, request: Request) -> Any:
    """Details of the service's own failures (code 500) are for administrators."""
    found = server.fault
    if found is None or status(server, request) not in states.FAULT_STATUSES:
        return OMIT
    shown = {"code": found.code, "created": times.seconds_z(found.created_at), "message": found.message}
    if found.details and (request.context.is_admin or found.code != 500):
        shown["details"] = found.details
    return shown


def created(server: Server, _request: Request) -> str:
    """When it was asked for."""
    return times.seconds_z(server.created_at)


def updated(server: Server, _request: Request) -> str:
    """When anything of it last changed."""
    return times.seconds_z(server.updated_at or server.created_at)


def launched_at(server: Server, _request: Request) -> str | None:
    """When it first ran."""
    return times.micros(server.launched_at)


def terminated_at(server: Server, _request: Request) -> str | None:
    """When it was taken down."""
    return times.micros(server.terminated_at)


def links(server: Server, request: Request) -> list[dict[str, str]]:
    """Self and bookmark."""
    return request.plain_links(f"servers/{server.uuid}")


# --- where it is ---------------------------------------------------------------


@functools.lru_cache(maxsize=4096)
def host_hash(project_id: str | None, host: str | None) -> str:
    """What tells a project's users apart which of their servers share a host, and nothing more."""
    if not host:
        return ""
    return hashlib.sha224(f"{project_id}{host}".encode()).hexdigest()


def host_id(server: Server, _request: Request) -> str:
    """Its host, hidden from its users."""
    return host_hash(server.project_id, server.host)


def availability_zone(server: Server, request: Request) -> str:
    """The zone of its host; the one it asked for while it has none."""
    if server.host:
        default: str = request.related["default_zone"]
        return default if server.host_zone is None else server.host_zone
    if server.vm_state == states.SHELVED_OFFLOADED:
        return ""
    return server.availability_zone or ""


def host_status(server: Server, request: Request) -> Any:
    """Its host's state; who may only learn that a host is silent sees nothing else."""
    statuses: HostStatuses = request.related["host_statuses"]
    shown = statuses.of(server)
    if request.allowed(policies.SHOW_HOST_STATUS):
        return shown
    return shown if shown == "UNKNOWN" and request.allowed(policies.SHOW_HOST_UNKNOWN) else OMIT


def instance_name(server: Server, request: Request) -> str:
    """Its name on the hypervisor."""
    return str(request.related["name_template"] % server.id)


# --- what it is made of ----------------------------------------------------------


def flavor_link(server: Server, request: Request) -> dict[str, Any]:
    """Its flavor, as a link: the flavor may be another by now."""
    return request.reference("flavors", server.flavor["flavorid"])


def flavor(server: Server, request: Request) -> dict[str, Any]:
    """The copy of its flavor that it was built or resized with."""
    copy = server.flavor
    shown = {
        "vcpus": copy["vcpus"],
        "ram": copy["ram"],
        "disk": copy["disk"],
        "ephemeral": copy["ephemeral"],
        "swap": copy["swap"],
        "original_name": copy["name"],
    }
    if request.allowed(policies.SHOW_EXTRA_SPECS):
        shown["extra_specs"] = copy["extra_specs"]
    return shown


def image(server: Server, request: Request) -> Any:
    """An empty string when it runs from a volume."""
    if not server.image_id:
        return ""
    return request.reference("images", server.image_id)


#: Properties of an image that mean something to its servers: by prefix, and those of older names.
#: What else users write on their images is theirs, and kernel and ramdisk are attributes of servers.
_MEANT_PREFIXES = ("hw_", "img_", "os_")
_MEANT = frozenset(
    {
        "architecture",
        "auto_disk_config",
        "bdm_v2",
        "bittorrent",
        "block_device_mapping",
        "cache_in_nova",
        "hypervisor_type",
        "hypervisor_version_requires",
        "ipxe_boot",
        "mappings",
        "owner_id",
        "root_device_name",
        "vm_mode",
        "vmware_disktype",
        "vmware_image_version",
        "vmware_linked_clone",
        "vmware_ostype",
    }
)


def image_with_properties(server: Server, request: Request) -> Any:
    """The link, with the image's known properties as they were at build."""
    shown = image(server, request)
    if not shown:
        return shown
    properties = {
        name: None if value is None else str(value)
        for name, value in (server.image_properties or {}).items()
        if name in _MEANT or name.startswith(_MEANT_PREFIXES)
    }
    return {**shown, "properties": properties}


def config_drive(server: Server, _request: Request) -> str:
    """``True`` or an empty string, never a JSON boolean."""
    return "True" if server.config_drive else ""


def access_ip_v4(server: Server, _request: Request) -> str:
    """What the user set, or an empty string."""
    return server.access_ip_v4 or ""


def access_ip_v6(server: Server, _request: Request) -> str:
    """What the user set, or an empty string."""
    return server.access_ip_v6 or ""


def scheduler_hints(server: Server, _request: Request) -> dict[str, Any]:
    """As given at its creation."""
    return server.scheduler_hints or {}


def locked(server: Server, _request: Request) -> bool:
    """Whether anybody holds its lock."""
    return server.locked_by is not None


def volume_ids(server: Server, _request: Request) -> list[dict[str, Any]]:
    """The volumes that it has; those still to be made for it have no id to show."""
    return [{"id": device.volume_id} for device in server.volumes if device.volume_id is not None]


def volumes(server: Server, _request: Request) -> list[dict[str, Any]]:
    """The same, and whether they go when it goes."""
    return [
        {"id": device.volume_id, "delete_on_termination": device.delete_on_termination}
        for device in server.volumes
        if device.volume_id is not None
    ]


# --- its network -------------------------------------------------------------------


def _addresses(server: Server, extended: bool) -> dict[str, list[dict[str, Any]]]:
    """By network label: the fixed addresses of all its NICs, then their floating ones."""
    if server.vm_state == states.BUILDING:
        return {}
    nics = server.shown_nics
    shown: dict[str, list[dict[str, Any]]] = {}
    for kind in ("fixed", "floating"):
        for nic in nics:
            listed = shown.setdefault(nic["label"], [])
            for ip in nic.get(f"{kind}_ips") or ():
                address = {"version": ip["version"], "addr": ip["address"]}
                if extended:
                    address["OS-EXT-IPS:type"] = kind
                    address["OS-EXT-IPS-MAC:mac_addr"] = nic["mac"]
                listed.append(address)
    return shown


def addresses(server: Server, _request: Request) -> dict[str, list[dict[str, Any]]]:
    """With kind and MAC of each address."""
    return _addresses(server, extended=True)


def plain_addresses(server: Server, _request: Request) -> dict[str, list[dict[str, Any]]]:
    """Without kind and MAC: replies of updates until 2.74."""
    return _addresses(server, extended=False)


def security_groups(server: Server, _request: Request) -> Any:
    """One entry for each group of each port, so names may come twice; no key without any."""
    return [{"name": name} for nic in server.shown_nics for name in nic.get("security_groups") or ()] or OMIT


def admin_password(_server: Server, request: Request) -> Any:
    """Shown once, unless the operator has passwords switched off."""
    if not request.backend.conf.enable_instance_password:
        return OMIT
    return request.related["admin_password"]
