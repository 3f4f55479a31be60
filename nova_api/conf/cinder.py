"""[cinder]: how servers use volumes, and the volume service that [neighbours] volumes = cinder means."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.conf.remote import reach_opts

GROUP: cfg.OptGroup | None = cfg.OptGroup("cinder", title="Volumes of servers")

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        "cross_az_attach",
        default=True,
        help="Whether a server may have volumes of other availability zones than its own.",
    ),
    *reach_opts("Cinder"),
]
