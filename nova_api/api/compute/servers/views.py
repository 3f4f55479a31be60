"""What replies tell of a server: one line a field, and one view a reply.

``BRIEF`` is an item of the list, ``DETAIL`` of the detailed list, ``SHOW`` one
server, ``UPDATE`` and ``REBUILD`` the replies of those.  Until 2.74 an updated
server was shown without what extensions had added; from 2.75 it equals
``SHOW``.  Source: views.md "Server" of the facts.
"""

from __future__ import annotations

from collections.abc import Iterable

from nova_api.api.compute.servers import getters, policies
from nova_api.api.declare import Field, View
from nova_api.api.declare.types import JSONSchema, nullable

TEXT: JSONSchema = {"type": "string"}
TEXT_OR_NULL = nullable(TEXT)
NUMBER: JSONSchema = {"type": "integer"}
TRUTH: JSONSchema = {"type": "boolean"}
THING: JSONSchema = {"type": "object"}
LIST: JSONSchema = {"type": "array"}
LINKS: JSONSchema = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"rel": {"enum": ["self", "bookmark"]}, "href": TEXT},
        "required": ["rel", "href"],
    },
}
STATUS = {"type": "string"}
TIME: JSONSchema = {"type": "string", "pattern": "Z$"}
MICROS: JSONSchema = {"type": ["string", "null"], "pattern": r"\.[0-9]{6}$"}
IMAGE: JSONSchema = {"oneOf": [{"const": ""}, {"type": "object", "required": ["id", "links"]}]}

ADMIN = policies.EXTENDED_ATTRIBUTES

_BASE = (
    Field("id", "uuid", TEXT),
    Field("name", "name", TEXT),
    Field("links", getters.links, LINKS),
)

#: What every detailed view has, in all its versions.
_COMMON = (
    *_BASE,
    Field("status", getters.status, STATUS),
    Field("tenant_id", "project_id", TEXT),
    Field("user_id", "user_id", TEXT),
    Field("metadata", "metadata", THING, loads="metadata"),
    Field("hostId", getters.host_id, TEXT),
    Field("image", getters.image, IMAGE, until="2.97"),
    Field("image", getters.image_with_properties, IMAGE, since="2.98", loads="image_properties"),
    Field("flavor", getters.flavor_link, THING, until="2.46"),
    Field("flavor", getters.flavor, THING, since="2.47"),
    Field("created", getters.created, TIME),
    Field("updated", getters.updated, TIME),
    Field("accessIPv4", getters.access_ip_v4, TEXT),
    Field("accessIPv6", getters.access_ip_v6, TEXT),
    Field("OS-DCF:diskConfig", "disk_config", {"enum": ["AUTO", "MANUAL"]}),
    Field("progress", getters.progress, NUMBER, optional=True),
    Field("fault", getters.fault, THING, optional=True, loads="fault"),
    Field("locked", getters.locked, TRUTH, since="2.9"),
    Field("description", "description", TEXT_OR_NULL, since="2.19"),
    Field("tags", "tags", LIST, since="2.26", loads="tags"),
    Field("trusted_image_certificates", "trusted_certs", nullable(LIST), since="2.63"),
    Field("locked_reason", "locked_reason", TEXT_OR_NULL, since="2.73"),
    Field("pinned_availability_zone", "availability_zone", TEXT_OR_NULL, since="2.96"),
    Field("scheduler_hints", getters.scheduler_hints, THING, since="2.100"),
)

_ADDRESSES = Field("addresses", getters.addresses, THING, loads="nics")
#: One server only, never a list.
_SERVER_GROUPS = Field("server_groups", "server_groups", LIST, since="2.71", loads="server_groups")
_VOLUME_IDS = Field(
    "os-extended-volumes:volumes_attached", getters.volume_ids, LIST, until="2.2", loads="volumes"
)
_KEY_NAME = Field("key_name", "key_name", TEXT_OR_NULL)
_USER_DATA = Field(
    "OS-EXT-SRV-ATTR:user_data", "user_data", TEXT_OR_NULL, since="2.3", policy=ADMIN, loads="user_data"
)

#: What a show and a detailed list have in all versions, and other replies from 2.75.
_EXTENDED = (
    Field("config_drive", getters.config_drive, TEXT),
    Field("security_groups", getters.security_groups, LIST, optional=True, loads="nics"),
    Field("OS-EXT-AZ:availability_zone", getters.availability_zone, TEXT, loads="host_zone"),
    Field("OS-EXT-STS:vm_state", "vm_state", TEXT),
    Field("OS-EXT-STS:task_state", "task_state", TEXT_OR_NULL),
    Field("OS-EXT-STS:power_state", "power_state", NUMBER),
    Field("OS-SRV-USG:launched_at", getters.launched_at, MICROS),
    Field("OS-SRV-USG:terminated_at", getters.terminated_at, MICROS),
    Field("os-extended-volumes:volumes_attached", getters.volumes, LIST, since="2.3", loads="volumes"),
    Field("OS-EXT-SRV-ATTR:host", "host", TEXT_OR_NULL, policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:hypervisor_hostname", "node", TEXT_OR_NULL, policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:instance_name", getters.instance_name, TEXT, policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:hostname", "hostname", TEXT, since="2.3", until="2.89", policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:hostname", "hostname", TEXT, since="2.90"),
    Field("OS-EXT-SRV-ATTR:reservation_id", "reservation_id", TEXT, since="2.3", policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:launch_index", "launch_index", NUMBER, since="2.3", policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:kernel_id", "kernel_id", TEXT, since="2.3", policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:ramdisk_id", "ramdisk_id", TEXT, since="2.3", policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:root_device_name", "root_device_name", TEXT_OR_NULL, since="2.3", policy=ADMIN),
    Field("host_status", getters.host_status, TEXT, since="2.16", optional=True, loads="host_service"),
)


def _later(fields: Iterable[Field]) -> tuple[Field, ...]:
    """``fields`` as far as they are shown from 2.75 on."""
    return tuple(field.from_version("2.75") for field in fields if field.name != "OS-EXT-SRV-ATTR:hostname")


#: From 2.75 the hostname is a field of two windows: for administrators, then for all.
_LATER_EXTENDED = (
    *_later(_EXTENDED),
    Field("OS-EXT-SRV-ATTR:hostname", "hostname", TEXT, since="2.75", until="2.89", policy=ADMIN),
    Field("OS-EXT-SRV-ATTR:hostname", "hostname", TEXT, since="2.90"),
    Field("addresses", getters.plain_addresses, THING, until="2.74", loads="nics"),
    _ADDRESSES.from_version("2.75"),
    _SERVER_GROUPS,
)

BRIEF = View("server of a list", *_BASE)
DETAIL = View(
    "server of a detailed list", *_COMMON, _ADDRESSES, _KEY_NAME, _USER_DATA, *_EXTENDED, _VOLUME_IDS
)
SHOW = View("server", *DETAIL.fields, _SERVER_GROUPS)
UPDATE = View(
    "updated server",
    *_COMMON,
    _KEY_NAME.from_version("2.75"),
    _USER_DATA.from_version("2.75"),
    *_LATER_EXTENDED,
)
REBUILD = View(
    "rebuilt server",
    *_COMMON,
    _KEY_NAME.from_version("2.54"),
    Field("user_data", "user_data", TEXT_OR_NULL, since="2.57", loads="user_data"),
    Field("adminPass", getters.admin_password, TEXT, optional=True),
    *_LATER_EXTENDED,
)
