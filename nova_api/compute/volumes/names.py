"""Names of disks inside a guest: ``/dev/vda`` and what follows."""

from __future__ import annotations

import itertools
import re
import string
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from nova_api import exception
from nova_api.db.block_devices import BlockDevice

#: Root of a server that no driver has named one for yet.
DEFAULT_ROOT = "/dev/vda"
_FORM = re.compile(r"/dev/(?P<prefix>x?[a-z]?d)(?P<letters>[a-z]+)(?P<partition>[0-9]*)")


def checked(path: str) -> str:
    """``path`` as names are kept, ``/dev/`` in front; raises DeviceNameInvalid."""
    full = path if path.startswith("/dev/") else f"/dev/{path}"
    if _FORM.fullmatch(full) is None:
        raise exception.DeviceNameInvalid(path=path)
    return full


def _letters() -> Iterator[str]:
    """a … z, aa … zz."""
    for length in (1, 2):
        for word in itertools.product(string.ascii_lowercase, repeat=length):
            yield "".join(word)


def _disk(name: str) -> str:
    """What tells two disks apart: neither bus nor partition does (``sdb`` and ``vdb1`` are both b)."""
    found = _FORM.fullmatch(name)
    return found["letters"] if found else name


def taken_of(root: str | None, devices: Collection[BlockDevice]) -> set[str]:
    """The names that a server's disks have."""
    return {root or DEFAULT_ROOT, *(device.device_name for device in devices if device.device_name)}


def next_name(root: str | None, taken: Collection[str]) -> str:
    """The first free name on the bus of ``root``."""
    found = _FORM.fullmatch(root or DEFAULT_ROOT)
    prefix = found["prefix"] if found else "vd"
    used = {_disk(name) for name in taken}
    free = next((word for word in _letters() if word not in used), None)
    if free is None:
        raise exception.TooManyDiskDevices(maximum=len(used))
    return f"/dev/{prefix}{free}"


def is_taken(name: str, taken: Collection[str]) -> bool:
    """Whether one of ``taken`` is the same disk."""
    return _disk(name) in {_disk(other) for other in taken}


def assigned(root: str, devices: Collection[BlockDevice]) -> dict[str, str]:
    """{uuid of a disk without name: its name}; the root disk has ``root``."""
    names: dict[str, str] = {}
    taken = taken_of(root, devices)
    for device in devices:
        if device.device_name is None:
            name = root if device.is_root else next_name(root, taken)
            taken.add(name)
            names[device.uuid] = name
    return names


def count_of(flavor: Mapping[str, Any], image_id: str | None, devices: Collection[BlockDevice]) -> int:
    """How many disks a server of ``flavor`` has: ``devices``, and those that nobody had to ask for."""
    local = [device for device in devices if not device.is_volume]
    implied = image_id is not None and not any(device.is_root for device in devices)
    blank = [device for device in local if device.source_type == "blank"]
    more = 0 if blank else bool(flavor.get("ephemeral")) + bool(flavor.get("swap"))
    return len(devices) + implied + more
