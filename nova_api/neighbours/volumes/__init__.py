"""Volumes: disks that outlive servers.  ``from_conf`` gives the implementation that is configured."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.db import Database
from nova_api.neighbours.images import Images
from nova_api.neighbours.volumes.interface import Attachment, Snapshot, Volume, Volumes, VolumeType
from nova_api.neighbours.volumes.local import LocalVolumes
from nova_api.neighbours.volumes.seeding import seed

__all__ = [
    "Attachment",
    "LocalVolumes",
    "Snapshot",
    "Volume",
    "VolumeType",
    "Volumes",
    "from_conf",
    "seed",
]


def from_conf(conf: cfg.ConfigOpts, db: Database, images: Images) -> Volumes:
    """The embedded service over ``db``, which makes volumes of ``images``, or Cinder.

    Raises ``remote.Misconfigured``.
    """
    if conf.neighbours.volumes == "cinder":
        # Only where it is used: its libraries take half a second to import.
        from nova_api.neighbours.volumes.cinder import CinderVolumes

        return CinderVolumes(conf)
    return LocalVolumes(conf, db, images)
