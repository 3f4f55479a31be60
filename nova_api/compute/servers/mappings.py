"""Block devices of a create request: what makes sense, and what is built (the boot image on a local disk)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova_api import exception

Mapped = Mapping[str, Any]

#: Characters of a boot index; Python refuses to read numbers of thousands of digits.
_LONGEST_INDEX = 10


def check(image_id: str | None, legacy: Sequence[Mapped], mappings: Sequence[Mapped]) -> None:
    """Passes the request for a plain boot from ``image_id``, however it is spelled.

    ``legacy`` and ``mappings`` are the two syntaxes of block devices.  Raises
    MappingInvalid or ImageRefMissing where they make no sense,
    NotImplementedYet where they make sense and need volumes or further disks.
    """
    if legacy and mappings:
        raise exception.MappingInvalid(
            reason="block_device_mapping and block_device_mapping_v2 cannot be used in one request."
        )
    if not legacy and not mappings:
        if image_id is None:
            raise exception.ImageRefMissing()
        return
    if legacy:
        raise exception.NotImplementedYet(
            "Booting with block_device_mapping is not built in this version of nova-api yet: "
            "boot from an image without it."
        )
    devices = [device for device in mappings if not device.get("no_device")]
    for device in devices:
        _check_device(image_id, device)
    _check_boot_order(image_id, devices)
    if not all(_is_boot_image(image_id, device) for device in devices):
        raise exception.NotImplementedYet(
            "Booting with volumes or further local disks is not built in this version of nova-api yet: "
            "the one block device that it takes is the image itself, local, at boot index 0."
        )


def _check_device(image_id: str | None, device: Mapped) -> None:
    source, destination = device.get("source_type"), _destination(device)
    if source is None:
        raise exception.MappingInvalid(reason="a block device needs a source_type.")
    if source != "blank" and not _source_id(device):
        raise exception.MappingInvalid(reason=f"a block device with source_type {source} needs a uuid.")
    if source == "image" and destination == "local" and not _is_boot_image(image_id, device):
        raise exception.MappingInvalid(
            reason="Mapping image to local is not supported, except for the imageRef itself at boot index 0."
        )
    if source in ("volume", "snapshot") and destination == "local":
        raise exception.MappingInvalid(reason=f"a {source} cannot become a local disk.")
    if source in ("blank", "image") and destination == "volume" and not device.get("volume_size"):
        raise exception.MappingInvalid(
            reason=f"a volume made from source_type {source} needs a volume_size that is not zero."
        )


def _check_boot_order(image_id: str | None, devices: Sequence[Mapped]) -> None:
    """Boot indexes count up from 0 without gaps; the image, when it is not among the devices, has 0."""
    order = [index for device in devices if (index := _boot_index(device)) is not None and index >= 0]
    if image_id is not None and not any(_is_boot_image(image_id, device) for device in devices):
        order.append(0)
    if not order or sorted(order) != list(range(len(order))):
        raise exception.MappingInvalid(
            reason="boot sequence for the instance and image/block device mapping combination is not valid."
        )


def _is_boot_image(image_id: str | None, device: Mapped) -> bool:
    return (
        image_id is not None
        and device.get("source_type") == "image"
        and _destination(device) == "local"
        and _boot_index(device) == 0
        and _source_id(device) == image_id
    )


def _destination(device: Mapped) -> str:
    default = "volume" if device.get("source_type") in ("volume", "snapshot") else "local"
    return str(device.get("destination_type") or default)


def _source_id(device: Mapped) -> str | None:
    source = device.get("source_type")
    found: str | None = device.get("uuid") or device.get(f"{source}_id")
    return found


def _boot_index(device: Mapped) -> int | None:
    index = device.get("boot_index")
    if isinstance(index, str) and len(index) > _LONGEST_INDEX:
        raise exception.MappingInvalid(reason="a boot_index has too many digits.")
    return None if index is None else int(index)
