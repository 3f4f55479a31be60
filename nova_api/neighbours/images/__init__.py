"""Images: what servers boot from.  ``from_conf`` gives the implementation that the options ask for."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.db import Database
from nova_api.db.images import ImageFilter
from nova_api.neighbours.images.interface import Image, Images, Member
from nova_api.neighbours.images.local import LocalImages
from nova_api.neighbours.images.seeding import seed

__all__ = ["Image", "ImageFilter", "Images", "LocalImages", "Member", "from_conf", "seed"]


def from_conf(conf: cfg.ConfigOpts, db: Database) -> Images:
    """The embedded service over ``db`` and the files under ``state_path``, or Glance.

    Raises ``remote.Misconfigured``.
    """
    if conf.neighbours.images == "glance":
        # Only where it is used: its libraries take half a second to import.
        from nova_api.neighbours.images.glance import GlanceImages

        return GlanceImages(conf)
    return LocalImages(conf, db)
