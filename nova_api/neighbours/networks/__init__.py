"""Networks: where servers are plugged in.  ``from_conf`` gives the implementation that is configured."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.db import Database
from nova_api.neighbours.networks.interface import Network, Networks, Nic, Port
from nova_api.neighbours.networks.local import LocalNetworks
from nova_api.neighbours.networks.seeding import seed

__all__ = ["LocalNetworks", "Network", "Networks", "Nic", "Port", "from_conf", "seed"]


def from_conf(conf: cfg.ConfigOpts, db: Database) -> LocalNetworks:
    """The embedded network service over ``db``."""
    return LocalNetworks(conf, db)
