"""[cinder]: how servers use volumes."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("cinder", title="Volumes of servers")

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt(
        "cross_az_attach",
        default=True,
        help="Whether a server may have volumes of other availability zones than its own.",
    ),
]
