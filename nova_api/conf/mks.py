"""[mks]: graphical consoles by MKS, off unless switched on."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("mks", title="MKS consoles")

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt("enabled", default=False, help="Whether servers have an MKS console."),
    cfg.StrOpt(
        "mksproxy_base_url", default="http://127.0.0.1:6090/", help="Public address of the WebMKS proxy."
    ),
]
