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


def from_conf(conf: cfg.ConfigOpts, db: Database, images: Images) -> LocalVolumes:
    """The embedded volume service over ``db``; it makes volumes of images out of ``images``."""
    return LocalVolumes(conf, db, images)
