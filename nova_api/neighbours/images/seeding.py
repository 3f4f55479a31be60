"""The image of a first start, and those of a world that somebody describes."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from nova_api import context, exception
from nova_api.neighbours.images.interface import Image
from nova_api.neighbours.images.local import LocalImages

#: Not a bootable disk, and it says so to whoever looks into it.
_README = b"""This is the image "cirros" of an embedded nova-api.

It is here so that a server can be booted right after the first start. The
fake compute driver, which a fresh installation runs, reads no image; so these
few bytes stand in for a disk. Upload a real one before you turn on a driver
that runs guests:

    openstack image create --disk-format qcow2 --container-format bare --file IMAGE NAME
"""

FIRST_START: Sequence[Mapping[str, Any]] = (
    {
        "name": "cirros",
        "visibility": "public",
        "disk_format": "raw",
        "container_format": "bare",
        "data": _README.ljust(4096, b"\n"),
    },
)

_FIELDS = frozenset(name for name in Image.__slots__ if name not in ("hidden", "virtual_size"))


def _time(value: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(value)
    return moment.astimezone(datetime.UTC).replace(tzinfo=None) if moment.tzinfo else moment


def seed(images: LocalImages, wanted: Sequence[Mapping[str, Any]] | None = None, *, owner: str = "") -> None:
    """Makes the images that are missing; None means ``cirros``.

    Each has the fields of an image (times as ISO 8601 text, properties as a
    mapping of texts) and may have ``data`` (bytes).  Without data it is active
    with the ``size`` given: enough for drivers that read no image.  Unknown
    keys are ignored.  ``owner`` is the project of those that name none.
    An image is there already when its id is, or, without id, its name.
    """
    administrator = context.admin()
    for image in FIRST_START if wanted is None else wanted:
        values = {name: value for name, value in image.items() if name in _FIELDS and value is not None}
        if _is_there(images, administrator, values):
            continue
        for name in ("created_at", "updated_at"):
            if name in values:
                values[name] = _time(values[name])
        properties = values.get("properties", {})
        values["properties"] = {
            name: None if value is None else str(value) for name, value in properties.items()
        }
        values.setdefault("owner", owner)
        data = image.get("data")
        values["status"] = "queued" if data is not None else values.get("status", "active")
        made = images.create(administrator, values)
        if data is not None:
            images.upload(administrator, made.id, [data])


def _is_there(images: LocalImages, administrator: context.RequestContext, values: Mapping[str, Any]) -> bool:
    if "id" in values:
        try:
            images.show(administrator, values["id"])
        except exception.ImageNotFound:
            return False
        return True
    return any(image.name == values["name"] for image in images.list(administrator))
