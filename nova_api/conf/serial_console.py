"""[serial_console]: serial consoles through a web socket, off unless switched on."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("serial_console", title="Serial consoles")

OPTS: list[cfg.Opt] = [
    cfg.BoolOpt("enabled", default=False, help="Whether a server's serial console can be reached."),
    cfg.StrOpt("base_url", default="ws://127.0.0.1:6083/", help="Public address of the serial proxy."),
]
