"""[api]: what the HTTP API shows and how much."""

from __future__ import annotations

from oslo_config import cfg

GROUP = cfg.OptGroup("api", title="The HTTP API")

OPTS: list[cfg.Opt] = [
    cfg.IntOpt(
        "max_limit", default=1000, min=1, help="Most items in one page, and the page size by default."
    ),
    cfg.URIOpt(
        "compute_link_prefix", help="Replaces scheme, host and root of links to this API's resources."
    ),
    cfg.URIOpt("glance_link_prefix", help="Replaces scheme, host and root of links to images."),
    cfg.StrOpt(
        "policy_file",
        default="policy.yaml",
        help="YAML file with policy overrides, relative to the first config file's folder; may be absent.",
    ),
]
