"""[fake] options: what the fake driver pretends."""

from __future__ import annotations

from oslo_config import cfg

GROUP: cfg.OptGroup | None = cfg.OptGroup("fake", title="The fake driver")

OPTS: list[cfg.Opt] = [
    cfg.IntOpt("vcpus", default=1000, min=1, help="CPUs of each host."),
    cfg.IntOpt("memory_mb", default=800000, min=1, help="MiB of memory of each host."),
    cfg.IntOpt("local_gb", default=600000, min=1, help="GiB of disk of each host."),
    cfg.DictOpt(
        "nodes",
        default={},
        help="Node name of a host where it is not the host's own: host1:node1,host2:node2.",
    ),
    cfg.FloatOpt("build_time", default=0.0, min=0.0, help="Seconds that a spawn takes."),
    cfg.FloatOpt("snapshot_time", default=0.0, min=0.0, help="Seconds that reading a guest's disk takes."),
    cfg.FloatOpt(
        "power_time", default=0.0, min=0.0, help="Seconds that power-on, power-off and reboot take."
    ),
    cfg.FloatOpt("plug_time", default=0.0, min=0.0, help="Seconds that plugging in a volume takes."),
    cfg.FloatOpt(
        "move_time",
        default=0.0,
        min=0.0,
        help="Seconds that each end of a resize or cold migration takes; going back takes as long.",
    ),
    cfg.FloatOpt("live_migration_time", default=0.0, min=0.0, help="Seconds that a live migration takes."),
    cfg.StrOpt(
        "fail_names", default="", help="Regular expression; servers whose names match it cannot be spawned."
    ),
    cfg.ListOpt(
        "fail_hosts", default=[], help="Hosts on which nothing can be spawned and to which nothing can move."
    ),
    cfg.BoolOpt(
        "can_rescue_volumes",
        default=False,
        help="Whether servers that boot from a volume can be rescued (microversion 2.87).",
    ),
    cfg.ListOpt(
        "fail_operations",
        default=[],
        help="What fails on every guest: pause, unpause, suspend, resume, rescue, unrescue, soft_delete, "
        "restore, set_admin_password, inject_nmi, inject_network_info.",
    ),
    cfg.ListOpt("unsupported", default=[], help="Which of these the driver says that it cannot do at all."),
    cfg.IntOpt("fail_every", default=0, min=0, help="Every so-manieth spawn of a host fails; 0 is none."),
]
