"""[vnc]: the graphical console that servers have unless told otherwise."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("vnc", title="VNC consoles")

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt("enabled", default=True, help="Whether servers have a VNC console."),
    cfg.StrOpt(
        "novncproxy_base_url",
        default="http://127.0.0.1:6080/vnc_auto.html",
        help="Public address of the noVNC proxy.",
    ),
]
