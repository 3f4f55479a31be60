"""Block devices of a create request, in either syntax, as rows of ``server_block_devices`` to be.

Nothing is looked up here: what is wrong with the words alone is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from nova_api import exception
from nova_api.compute.volumes import names

Mapped = Mapping[str, Any]
Device = dict[str, Any]

SEQUENCE = "Boot sequence for the instance and image/block device mapping combination is not valid."
#: What a hypervisor may be asked to plug a disk into.
BUSES = ("fdc", "ide", "lxc", "none", "nvme", "sata", "scsi", "uml", "usb", "virtio", "xen")
#: Characters of a boot index; Python refuses to read numbers of thousands of digits.
_LONGEST_INDEX = 10
#: Property of an image that lists block devices, as JSON.
_LIST = "block_device_mapping"
_TRUE = (True, "1", "t", "true", "on", "y", "yes")
#: Name that the older syntax takes for the root disk's where nobody says another.
_ROOT = "vda"


def devices(image_id: str | None, legacy: Sequence[Mapped], mappings: Sequence[Mapped]) -> list[Device]:
    """The disks that were asked for, in order; empty for a plain boot from ``image_id``.

    ``legacy`` and ``mappings`` are the two syntaxes.  Raises MappingInvalid,
    and ImageRefMissing where there is nothing to boot from.
    """
    if legacy and mappings:
        raise exception.MappingInvalid(
            reason="block_device_mapping and block_device_mapping_v2 cannot be used in one request."
        )
    if not legacy and not mappings:
        if image_id is None:
            raise exception.ImageRefMissing()
        return []
    made = _from_legacy(image_id, legacy) if legacy else _from_mappings(image_id, mappings)
    _check_boot_order(made)
    _check_names(image_id, made)
    return made


# --- block_device_mapping_v2 ----------------------------------------------------------


def _from_mappings(image_id: str | None, mappings: Sequence[Mapped]) -> list[Device]:
    wanted = [device for device in mappings if not device.get("no_device")]
    return [_device(image_id, device) for device in wanted]


def _device(image_id: str | None, asked: Mapped) -> Device:
    source, destination = asked.get("source_type"), _destination(asked)
    if source is None:
        raise exception.MappingInvalid(reason="a block device needs a source_type.")
    source_id = _source_id(asked)
    _check_source(source, destination, source_id)
    index = _boot_index(asked)
    is_boot_image = image_id is not None and source_id == image_id and index == 0
    if source == "image" and destination == "local" and not is_boot_image:
        raise exception.MappingInvalid(
            reason="Mapping image to local is not supported, except for the imageRef itself at boot index 0."
        )
    bus = asked.get("disk_bus")
    if bus is not None and bus not in BUSES:
        raise exception.MappingInvalid(reason=f"disk bus {bus} is not known: {', '.join(BUSES)} are.")
    size = asked.get("volume_size")
    return {
        "source_type": source,
        "destination_type": destination,
        "boot_index": index,
        "device_name": _name(asked),
        "device_type": asked.get("device_type"),
        "disk_bus": bus,
        "guest_format": asked.get("guest_format"),
        "image_id": source_id if source == "image" else None,
        "snapshot_id": source_id if source == "snapshot" else None,
        "volume_id": source_id if source == "volume" else None,
        "volume_size": None if size is None else int(size),
        "volume_type": asked.get("volume_type") or None,
        "delete_on_termination": _is_true(asked.get("delete_on_termination")),
        "tag": asked.get("tag"),
    }


def _check_source(source: str, destination: str, source_id: str | None) -> None:
    if source == "blank":
        if source_id:
            raise exception.MappingInvalid(
                reason="a blank block device is made from nothing: it has no uuid."
            )
    elif not source_id:
        raise exception.MappingInvalid(reason=f"a block device with source_type {source} needs a uuid.")
    if source in ("volume", "snapshot") and destination == "local":
        raise exception.MappingInvalid(reason=f"a {source} cannot become a local disk.")


def _destination(asked: Mapped) -> str:
    default = "volume" if asked.get("source_type") in ("volume", "snapshot") else "local"
    return str(asked.get("destination_type") or default)


def _source_id(asked: Mapped) -> str | None:
    found: str | None = asked.get("uuid") or asked.get(f"{asked.get('source_type')}_id")
    return found


def _boot_index(asked: Mapped) -> int | None:
    index = asked.get("boot_index")
    if isinstance(index, str) and len(index) > _LONGEST_INDEX:
        raise exception.MappingInvalid(reason="a boot_index has too many digits.")
    return None if index is None else int(index)


# --- of an image ------------------------------------------------------------------------


def of_image(properties: Mapping[str, str], asked: Sequence[Device]) -> list[Device]:
    """``asked``, and the disks that the image itself lists: of a server that ran from volumes.

    They take the place of the image as root disk.  Raises MappingInvalid, also
    for a list that makes no sense: everybody writes properties of his images.
    """
    text = properties.get(_LIST)
    if not text:
        return list(asked)
    try:
        listed = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise exception.MappingInvalid(reason=f"property {_LIST} of the image is not JSON.") from error
    if not isinstance(listed, list) or not all(_is_mapping(item) for item in listed):
        raise exception.MappingInvalid(reason=f"property {_LIST} of the image is no list of block devices.")
    made = _from_mappings(None, listed)
    if any(device["boot_index"] == 0 for device in made):
        asked = [device for device in asked if not _is_image_root(device)]
    merged = [*made, *asked]
    if merged:
        _check_boot_order(merged)
        _check_names(None, merged)
    return merged


def _is_image_root(device: Device) -> bool:
    return (device["source_type"], device["destination_type"]) == ("image", "local")


def _is_mapping(item: Any) -> bool:
    """Whether every value is of a type that a request could have."""
    return isinstance(item, dict) and all(
        value is None or type(value) in ((int,) if key in ("volume_size", "boot_index") else (str, bool))
        for key, value in item.items()
    )


# --- block_device_mapping ----------------------------------------------------------------


def _from_legacy(image_id: str | None, legacy: Sequence[Mapped]) -> list[Device]:
    """The older syntax has no boot indexes: the device called vda is the root, else the image is."""
    made = [_legacy_device(asked) for asked in legacy if not asked.get("no_device")]
    root = next((device for device in made if _is_root_name(device["device_name"])), None)
    if root is not None:
        root["boot_index"] = 0
    elif image_id is not None:
        made.insert(0, _image_root(image_id))
    return made


def _legacy_device(asked: Mapped) -> Device:
    size = asked.get("volume_size")
    device = {
        **_nothing(),
        "boot_index": -1,
        "device_name": _name(asked),
        "volume_size": None if size is None else int(size),
        "delete_on_termination": _is_true(asked.get("delete_on_termination")),
    }
    virtual = str(asked.get("virtual_name") or "")
    if asked.get("snapshot_id"):
        source = {"source_type": "snapshot", "snapshot_id": asked["snapshot_id"]}
        return device | source | {"destination_type": "volume"}
    if asked.get("volume_id"):
        return device | {
            "source_type": "volume",
            "volume_id": asked["volume_id"],
            "destination_type": "volume",
        }
    if virtual == "swap" or re.fullmatch(r"ephemeral[0-9]+", virtual):
        format_ = "swap" if virtual == "swap" else None
        return device | {"source_type": "blank", "guest_format": format_, "delete_on_termination": True}
    raise exception.MappingInvalid(reason="a block device needs a volume_id or a snapshot_id.")


def _nothing() -> Device:
    texts = ("device_name", "device_type", "disk_bus", "guest_format", "image_id", "snapshot_id", "volume_id")
    return {
        **dict.fromkeys((*texts, "volume_size", "volume_type", "tag")),
        "destination_type": "local",
        "delete_on_termination": False,
    }


def _image_root(image_id: str | None) -> Device:
    of_image = {"source_type": "image", "image_id": image_id, "boot_index": 0}
    return _nothing() | of_image | {"delete_on_termination": True}


def _is_root_name(name: str | None) -> bool:
    return name is not None and name.removeprefix("/dev/") == _ROOT


# --- both ----------------------------------------------------------------------------------


def _name(asked: Mapped) -> str | None:
    given: str | None = asked.get("device_name")
    return None if given is None else names.checked(given)


def _is_true(value: Any) -> bool:
    return (value.lower() if isinstance(value, str) else value) in _TRUE


def _check_boot_order(made: Sequence[Device]) -> None:
    """Boot indexes count up from 0 without gaps; what is not booted from has none, or a negative one."""
    indexes = [device["boot_index"] for device in made if device["boot_index"] is not None]
    order = sorted(index for index in indexes if index >= 0)
    if not order or order != list(range(len(order))):
        raise exception.MappingInvalid(reason=SEQUENCE)


def _check_names(image_id: str | None, made: Sequence[Device]) -> None:
    given = [device["device_name"] for device in made if device["device_name"] is not None]
    if len(given) != len(set(given)):
        raise exception.MappingInvalid(reason="two block devices have the same device_name.")
    for device in made:
        is_data = device["destination_type"] == "volume" and device["boot_index"] != 0
        if image_id is not None and is_data and _is_root_name(device["device_name"]):
            raise exception.MappingInvalid(reason="a volume cannot have the device name of the root disk.")
