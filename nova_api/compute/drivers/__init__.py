"""Drivers: what runs the servers of a host.  ``load`` gives the configured one."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.compute.drivers.base import Driver
from nova_api.compute.drivers.fake import FakeDriver

#: ``[compute] driver`` → class.
DRIVERS: dict[str, type[FakeDriver]] = {"fake": FakeDriver}


def load(conf: cfg.ConfigOpts, host: str) -> Driver:
    """The driver of ``host``."""
    return DRIVERS[conf.compute.driver](conf, host)
