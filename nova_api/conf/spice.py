"""[spice]: graphical consoles by SPICE, off unless switched on."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("spice", title="SPICE consoles")

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt("enabled", default=False, help="Whether servers have a SPICE console."),
    cfg.StrOpt(
        "html5proxy_base_url",
        default="http://127.0.0.1:6082/spice_auto.html",
        help="Public address of the SPICE HTML5 proxy.",
    ),
    cfg.StrOpt(
        "spice_direct_proxy_base_url",
        default="http://127.0.0.1:13002/nova",
        help="Public address that native SPICE clients are sent to.",
    ),
]
