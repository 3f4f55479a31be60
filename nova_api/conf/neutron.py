"""[neutron]: the network service of another process; used with [neighbours] networks = neutron."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.conf.remote import reach_opts

GROUP: cfg.OptGroup | None = cfg.OptGroup("neutron", title="Networks from Neutron")

OPTS: list[cfg.Opt] = reach_opts("Neutron")
