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
    cfg.BoolOpt(
        "limit_tenants_to_placement_aggregate",
        default=False,
        help="Keep the servers of a project that aggregates name in their metadata filter_tenant_id to the "
        "hosts of these aggregates.  What keeps other projects' servers out of them is the filter "
        "AggregateMultiTenancyIsolation.",
    ),
    cfg.BoolOpt(
        "placement_aggregate_required_for_tenants",
        default=False,
        help="With limit_tenants_to_placement_aggregate: servers of projects that no aggregate names have "
        "no host.",
    ),
]
