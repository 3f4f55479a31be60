"""Networks: where servers are plugged in.  ``from_conf`` gives the implementation that is configured."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.db import Database
from nova_api.neighbours.networks.interface import Network, Networks, Nic, Port
from nova_api.neighbours.networks.local import LocalNetworks
from nova_api.neighbours.networks.seeding import seed

__all__ = ["LocalNetworks", "Network", "Networks", "Nic", "Port", "from_conf", "seed"]


def from_conf(conf: cfg.ConfigOpts, db: Database) -> Networks:
    """The embedded service over ``db``, or Neutron.  Raises ``remote.Misconfigured``."""
    if conf.neighbours.networks == "neutron":
        # Only where it is used: its libraries take half a second to import.
        from nova_api.neighbours.networks.neutron import NeutronNetworks

        return NeutronNetworks(conf, db)
    return LocalNetworks(conf, db)
