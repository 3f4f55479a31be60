"""Request bodies of servers: create, update, and the power actions.

Windows as in the API's contract; the oddest ones are explained beside them.
"""

from __future__ import annotations

from nova_api.api.declare import Array, Object, Param, wrap
from nova_api.api.declare.types import (
    ANY,
    BASE64,
    BOOLEAN,
    IP_ADDRESS,
    IPV4,
    IPV6,
    MAX_INT,
    METADATA,
    NAME,
    PADDED_NAME,
    STRING,
    TAG,
    TAGS,
    UUID,
    JSONSchema,
    integer,
    nullable,
    printable,
)

DESCRIPTION: JSONSchema = printable(255)
DISK_CONFIG: JSONSchema = {"type": "string", "enum": ["AUTO", "MANUAL"]}
#: One label of letters, digits and inner hyphens.
HOSTNAME: JSONSchema = {
    "type": "string",
    "minLength": 2,
    "maxLength": 63,
    "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$",
}
#: Labels with dots between them.
FQDN: JSONSchema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9-._]*$"}
HOST: JSONSchema = FQDN
DEVICE_NAME: JSONSchema = {
    "type": "string",
    "minLength": 1,
    "maxLength": 255,
    "pattern": "^[a-zA-Z0-9._/-]*$",
}
UUIDS: JSONSchema = {"type": "array", "items": UUID}
UP_TO_255: JSONSchema = {"type": "string", "maxLength": 255}
CONNECTION_INFO: JSONSchema = {"type": "string", "maxLength": 16777215}
COUNT = integer(1, empty=True)
VOLUME_SIZE = integer(1, MAX_INT)
TRUSTED_CERTIFICATES: JSONSchema = {
    "type": ["array", "null"],
    "minItems": 1,
    "maxItems": 50,
    "uniqueItems": True,
    "items": {"type": "string", "minLength": 1},
}
USER_DATA: JSONSchema = BASE64 | {"maxLength": 65535}

PERSONALITY = Array(Object(Param("path", STRING), Param("contents", BASE64)))

HINTS = Object(
    Param("group", {"oneOf": [UUIDS, UUID]}),
    Param("different_host", {"oneOf": [UUID, UUIDS]}),
    Param("same_host", UUIDS | {"type": ["string", "array"]}),
    Param("query", {"type": ["string", "object"]}),
    Param("target_cell", NAME),
    Param("different_cell", {"type": ["string", "array"], "items": STRING}),
    Param("build_near_host_ip", IP_ADDRESS),
    Param("cidr", {"type": "string", "pattern": "^/[0-9a-f.:]+$"}),
    extra=True,
)

_NIC = (Param("fixed_ip", IP_ADDRESS), Param("port", nullable(UUID)))
#: 2.33 was cut from a tree without the tags of 2.32's devices, 2.37 from one
#: without those of its NICs; both came back with 2.42.
_NIC_TO_2_36 = Object(*_NIC, Param("uuid", STRING), Param("tag", TAG, since="2.32", until="2.36"))
_NIC_FROM_2_37 = Object(*_NIC, Param("uuid", UUID), Param("tag", TAG, since="2.42"))

_DEVICE = (
    Param("device_name", DEVICE_NAME),
    Param("delete_on_termination", BOOLEAN),
    Param("no_device", ANY),
    Param("virtual_name", UP_TO_255),
    Param("volume_id", UUID),
    Param("snapshot_id", UUID),
    Param("volume_size", VOLUME_SIZE),
    Param("connection_info", CONNECTION_INFO),
)
_DEVICE_V2 = Object(
    *_DEVICE,
    Param("source_type", {"type": "string", "enum": ["volume", "image", "snapshot", "blank"]}),
    Param("destination_type", {"type": "string", "enum": ["local", "volume"]}),
    Param("uuid", {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[a-zA-Z0-9._-]*$"}),
    Param("image_id", UUID),
    Param("boot_index", {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$"}),
    Param("guest_format", UP_TO_255),
    Param("disk_bus", UP_TO_255),
    Param("device_type", UP_TO_255),
    Param("tag", TAG, since="2.32", until="2.32"),
    Param("tag", TAG, since="2.42"),
    Param("volume_type", {"type": ["string", "null"], "minLength": 0, "maxLength": 255}, since="2.67"),
)

_CREATE = Object(
    Param("name", NAME, required=True, legacy=PADDED_NAME),
    Param("flavorRef", {"type": ["string", "integer"], "minLength": 1}, required=True),
    Param("imageRef", {"oneOf": [UUID, {"type": "string", "maxLength": 0}]}),
    Param("description", DESCRIPTION, since="2.19"),
    Param("hostname", HOSTNAME, since="2.90", until="2.93"),
    Param("hostname", FQDN, since="2.94"),
    Param("adminPass", STRING),
    Param("accessIPv4", IPV4),
    Param("accessIPv6", IPV6),
    Param("OS-DCF:diskConfig", DISK_CONFIG),
    Param("metadata", METADATA),
    Param("tags", TAGS, since="2.52"),
    Param("networks", Array(_NIC_TO_2_36), until="2.36"),
    Param(
        "networks",
        {"oneOf": [Array(_NIC_FROM_2_37), {"type": "string", "enum": ["none", "auto"]}]},
        since="2.37",
        required=True,
    ),
    Param("security_groups", Array(Object(Param("name", NAME, legacy=PADDED_NAME)))),
    Param("key_name", NAME, legacy=PADDED_NAME),
    Param("user_data", USER_DATA, legacy=nullable(USER_DATA)),
    Param("config_drive", BOOLEAN),
    Param("personality", PERSONALITY, until="2.56"),
    Param("availability_zone", NAME, legacy=PADDED_NAME),
    Param("host", HOST, since="2.74"),
    Param("hypervisor_hostname", HOST, since="2.74"),
    Param("min_count", COUNT),
    Param("max_count", COUNT),
    Param("return_reservation_id", BOOLEAN),
    Param("block_device_mapping", Array(Object(*_DEVICE))),
    Param("block_device_mapping_v2", Array(_DEVICE_V2)),
    Param("trusted_image_certificates", TRUSTED_CERTIFICATES, since="2.63"),
)

HINT_KEYS = ("os:scheduler_hints", "OS-SCH-HNT:scheduler_hints")

CREATE = Object(Param("server", _CREATE, required=True), *(Param(key, HINTS) for key in HINT_KEYS))

UPDATE = wrap(
    "server",
    Object(
        Param("name", NAME, legacy=PADDED_NAME),
        Param("description", DESCRIPTION, since="2.19"),
        Param("hostname", HOSTNAME, since="2.90", until="2.93"),
        Param("hostname", FQDN, since="2.94"),
        Param("accessIPv4", IPV4),
        Param("accessIPv6", IPV6),
        Param("OS-DCF:diskConfig", DISK_CONFIG),
        Param("pinned_availability_zone", nullable(UP_TO_255 | {"minLength": 1}), since="2.104"),
    ),
)

REBOOT = wrap(
    "reboot",
    Object(
        Param(
            "type",
            {"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]},
            required=True,
        )
    ),
)


def ignored(name: str) -> Object:
    """Body of action ``name`` whose value may be anything."""
    return wrap(name, ANY)
