"""[consoleauth]: the tokens that open consoles."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("consoleauth", title="Console tokens")

OPTS: list[cfg.Opt] = [
    cfg.IntOpt("token_ttl", default=600, min=1, help="Seconds that the address of a console can be used."),
]
