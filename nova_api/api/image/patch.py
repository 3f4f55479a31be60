"""JSON Patch on an image: the changes that a PATCH asks for, as values to update."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nova_api import exception
from nova_api.api.declare import Array, Object, Param
from nova_api.api.declare.types import ANY, MAX_INT
from nova_api.api.image.view import FIXED
from nova_api.neighbours.images import Image

#: The operations that the image API knows; ``move``, ``copy`` and ``test`` are not among them.
PATCH = Array(
    Object(
        Param("op", {"enum": ["add", "replace", "remove"]}, required=True),
        Param("path", {"type": "string", "pattern": "^/[^/]+(/[^/]+)?$"}, required=True),
        Param("value", ANY),
    )
)

#: Fixed keys that may be changed, with the JSON type of their values.
CHANGEABLE: dict[str, tuple[type, ...]] = {
    "name": (str, type(None)),
    "visibility": (str,),
    "owner": (str,),
    "protected": (bool,),
    "os_hidden": (bool,),
    "min_disk": (int,),
    "min_ram": (int,),
    "disk_format": (str, type(None)),
    "container_format": (str, type(None)),
    "tags": (list,),
}
#: What an image may be, by key.
FORMATS = {
    "disk_format": ("raw", "qcow2", "vhd", "vhdx", "vmdk", "vdi", "iso", "ploop", "ami", "ari", "aki"),
    "container_format": ("bare", "ovf", "ova", "docker", "compressed", "ami", "ari", "aki"),
}
_RENAMED = {"os_hidden": "hidden"}


def checked(name: str, value: Any) -> Any:
    """A value for the fixed key ``name``; raises Invalid, and Forbidden for keys that cannot be set."""
    if name not in CHANGEABLE:
        raise exception.Forbidden(f"Attribute '{name}' is read-only.")
    kinds = CHANGEABLE[name]
    if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        raise exception.Invalid(f"Invalid value for '{name}': {value!r}.")
    if isinstance(value, int) and not 0 <= value <= MAX_INT:
        raise exception.Invalid(f"Invalid value for '{name}': {value} is not from 0 to {MAX_INT}.")
    if name in FORMATS and value is not None and value not in FORMATS[name]:
        raise exception.Invalid(f"Invalid value for '{name}': use one of {', '.join(FORMATS[name])}.")
    if isinstance(value, list) and not all(isinstance(tag, str) and len(tag) <= 255 for tag in value):
        raise exception.Invalid("Tags are strings of at most 255 characters.")
    if isinstance(value, str) and len(value) > 255:
        raise exception.Invalid(f"Invalid value for '{name}': it has more than 255 characters.")
    return "" if name == "name" and value is None else value


def column(name: str) -> str:
    """What the domain calls the fixed key ``name``."""
    return _RENAMED.get(name, name)


def changes(image: Image, operations: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The values to update after ``operations``; raises Invalid, Forbidden, Conflict (no such property)."""
    values: dict[str, Any] = {}
    properties = dict(image.properties)
    for operation in operations:
        name = operation["path"][1:].replace("~1", "/").replace("~0", "~")
        removes = operation["op"] == "remove"
        if not removes and "value" not in operation:
            raise exception.Invalid(f"The operation {operation['op']} on {operation['path']} has no value.")
        if name in FIXED:
            if removes:
                raise exception.Forbidden(f"Property '{name}' may not be removed.")
            values[column(name)] = checked(name, operation["value"])
            continue
        if operation["op"] != "add" and name not in properties:
            raise exception.Conflict(f"Property {name} does not exist.")
        if removes:
            del properties[name]
        else:
            properties[name] = property_value(name, operation["value"])
    if properties != image.properties:
        values["properties"] = properties
    return values


def property_value(name: str, value: Any) -> str:
    """A property's value; raises Invalid for what is not a string."""
    if not isinstance(value, str):
        raise exception.Invalid(f"Invalid value for property '{name}': {value!r} is not a string.")
    if len(name) > 255:
        raise exception.Invalid("The name of a property has at most 255 characters.")
    return value
