"""What one process works with: options, database, queue, neighbours, policy.

Controllers, filters and workers receive a ``Backend`` and reach everything
through it; nothing else is global.  Parts are made on first use, so that a
process pays only for what it needs and a forked worker opens its own
connections.
"""

from __future__ import annotations

import weakref
from functools import cached_property
from typing import TYPE_CHECKING

from oslo_config import cfg

from nova_api import conf as nova_conf
from nova_api.db import Database

if TYPE_CHECKING:
    from nova_api import rpc
    from nova_api.neighbours import identity, images, networks, shares, volumes


class Backend:
    """The parts of one process, from its options."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.conf = conf

    @cached_property
    def db(self) -> Database:
        return Database(self.conf)

    # The imports below wait until the part is used: oslo.messaging alone takes
    # a third of a second, and programs such as nova-manage never need it.

    @cached_property
    def rpc(self) -> rpc.Client:
        """Sends wake-ups for work items to the other services."""
        from nova_api import rpc

        return rpc.Client(self.conf)

    @cached_property
    def identity(self) -> identity.Identity:
        from nova_api.neighbours import identity

        return identity.from_conf(self.conf, self.db)

    @cached_property
    def images(self) -> images.Images:
        from nova_api.neighbours import images

        return images.from_conf(self.conf, self.db)

    @cached_property
    def networks(self) -> networks.Networks:
        from nova_api.neighbours import networks

        return networks.from_conf(self.conf, self.db)

    @cached_property
    def volumes(self) -> volumes.Volumes:
        from nova_api.neighbours import volumes

        return volumes.from_conf(self.conf, self.db, self.images)

    @cached_property
    def shares(self) -> shares.Shares:
        from nova_api.neighbours import shares

        return shares.from_conf(self.db)


#: By identity: a ConfigOpts has no hash, and its backend keeps it alive. Weak, so
#: that what a reload replaces goes, connections and all, with its last request.
_backends: weakref.WeakValueDictionary[int, Backend] = weakref.WeakValueDictionary()


def of(conf: cfg.ConfigOpts) -> Backend:
    """The one backend of ``conf`` in this process."""
    found = _backends.get(id(conf))
    if found is None:
        found = _backends[id(conf)] = Backend(conf)
    return found


def active() -> Backend:
    """The backend of the active configuration; for paste factories at load time."""
    return of(nova_conf.active())
