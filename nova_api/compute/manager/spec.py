"""What the driver makes a guest of, from the server's record and the work item's payload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nova_api.compute.drivers.base import Image, SpawnSpec
from nova_api.compute.manager import disks
from nova_api.compute.manager.host import Host
from nova_api.context import RequestContext
from nova_api.db.guests import Guest


def spec_of(
    host: Host,
    context: RequestContext,
    guest: Guest,
    nics: list[dict[str, Any]],
    *,
    image_id: str | None,
    admin_password: str | None = None,
    files: Sequence[Mapping[str, str]] = (),
    has_volumes: bool = True,
) -> SpawnSpec:
    """``guest`` on ``nics`` with the disk of image ``image_id`` (None: it boots from a volume).

    The image is downloaded as ``context``, and only where the driver reads it.  The guest's
    volumes are opened to this host; that it has none is known where not ``has_volumes``.
    """
    backend = host.backend
    image = None
    if image_id is not None:
        image = Image(
            id=image_id,
            properties=guest.image_properties or {},
            open=lambda: backend.images.download(context, image_id),
        )
    return SpawnSpec(
        guest=guest,
        instance_name=backend.conf.instance_name_template % guest.id,
        image=image,
        nics=nics,
        admin_password=admin_password,
        files=tuple(dict(file) for file in files),
        disks=disks.opened(host, guest) if has_volumes else (),
    )
