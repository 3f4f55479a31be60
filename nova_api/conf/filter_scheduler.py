"""[filter_scheduler] options: which filters choose among hosts, and what they are told."""

from __future__ import annotations

from oslo_config import cfg, types

GROUP: cfg.OptGroup | None = cfg.OptGroup("filter_scheduler", title="Filters of the scheduler")

#: Every filter that can be enabled, by the reference's name, and what it wants of a host.
#: ``nova_api.scheduler.filters`` has one module for each.
FILTERS: tuple[tuple[str, str], ...] = (
    ("ComputeFilter", "its compute service is up and enabled"),
    ("ComputeCapabilitiesFilter", "it has what the extra specs capabilities:... of the flavor say"),
    ("ImagePropertiesFilter", "it runs the architecture and hypervisor that the image is made for"),
    ("ServerGroupAntiAffinityFilter", "no other member of an anti-affinity group is there"),
    ("ServerGroupAffinityFilter", "the other members of an affinity group are there"),
    ("AggregateImagePropertiesIsolation", "the image has the properties that its aggregates name"),
    ("AggregateInstanceExtraSpecsFilter", "its aggregates have what the flavor's extra specs say"),
    ("AggregateIoOpsFilter", "IoOpsFilter, the limit being metadata max_io_ops_per_host of its aggregates"),
    ("AggregateMultiTenancyIsolation", "its aggregates are not kept for other projects (filter_tenant_id)"),
    ("AggregateNumInstancesFilter", "NumInstancesFilter, the limit being max_instances_per_host likewise"),
    ("AggregateTypeAffinityFilter", "its aggregates name the flavor (instance_type), or none"),
    ("AllHostsFilter", "nothing"),
    ("DifferentHostFilter", "no server of the hint different_host is there"),
    ("IoOpsFilter", "it builds, resizes, snapshots ... fewer than max_io_ops_per_host servers"),
    ("IsolatedHostsFilter", "isolated_images are on isolated_hosts, and others elsewhere"),
    ("JsonFilter", "the hint query is true of it"),
    ("NUMATopologyFilter", "the flavor asks for no NUMA topology: no host reports one"),
    ("NumInstancesFilter", "it has fewer than max_instances_per_host servers"),
    ("PciPassthroughFilter", "the flavor asks for no PCI device: no host reports one"),
    ("SameHostFilter", "a server of the hint same_host is there"),
    ("SimpleCIDRAffinityFilter", "its address is near the hint build_near_host_ip"),
)

OPTS: list[cfg.Opt] = [
    cfg.ListOpt(
        "enabled_filters",
        item_type=types.String(choices=[name for name, _ in FILTERS], quotes=True),
        default=[name for name, _ in FILTERS[:5]],
        help="What a host has to pass, in this order; besides, always: room, the zone, host and node asked "
        "for, required traits and resources, and that it is not the one to leave.  Each wants of a host "
        "that\n\n" + "\n".join(f"* {name}: {wants}" for name, wants in FILTERS),
    ),
    cfg.FloatOpt(
        "ram_weight_multiplier",
        default=1.0,
        help="What free memory counts where several hosts pass: more than 0 spreads servers, less than 0 "
        "fills one host after the other, 0 does neither.",
    ),
    cfg.BoolOpt(
        "shuffle_best_same_weighed_hosts",
        default=True,
        help="Whether hosts that are equally good are taken in random order, which keeps several schedulers "
        "apart; otherwise by the names of their hypervisors.",
    ),
    cfg.IntOpt("max_io_ops_per_host", default=8, help="See IoOpsFilter."),
    cfg.IntOpt("max_instances_per_host", default=50, min=1, help="See NumInstancesFilter."),
    cfg.ListOpt("isolated_images", default=[], help="Ids of images; see IsolatedHostsFilter."),
    cfg.ListOpt("isolated_hosts", default=[], help="Names of hosts; see IsolatedHostsFilter."),
    cfg.BoolOpt(
        "restrict_isolated_hosts_to_isolated_images",
        default=True,
        help="Whether IsolatedHostsFilter keeps other images off isolated_hosts.",
    ),
    cfg.StrOpt(
        "aggregate_image_properties_isolation_namespace",
        help="AggregateImagePropertiesIsolation looks only at keys that begin with this and the separator.",
    ),
    cfg.StrOpt("aggregate_image_properties_isolation_separator", default=".", help="See there."),
]
