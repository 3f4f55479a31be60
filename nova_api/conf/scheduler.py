"""[scheduler] options."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("scheduler", title="Choice of hosts")

OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        "max_attempts", default=3, min=1, help="Hosts on which a build is tried before it has failed."
    ),
    cfg.IntOpt(
        "claim_attempts",
        default=20,
        min=1,
        help="How often one request looks for a host again after another scheduler was quicker.",
    ),
]
