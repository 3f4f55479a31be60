"""[glance]: the image service of another process; used with [neighbours] images = glance."""

from __future__ import annotations

from oslo_config import cfg

from nova_api.conf.remote import reach_opts

GROUP: cfg.OptGroup | None = cfg.OptGroup("glance", title="Images from Glance")

OPTS: list[cfg.Opt] = [
    *reach_opts("Glance"),
    cfg.FloatOpt(
        "data_timeout",
        default=300.0,
        min=1.0,
        help="Seconds that Glance may take to store an image after its last byte has been sent.",
    ),
]
